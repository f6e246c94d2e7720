/* driver.c: the engine's cases without Python, for the sanitizers and valgrind. It trains, steps and predicts random nets
   on every instruction set with 1 to 3 threads, in buffers of exactly the documented size, and compares the bits.
   With an argument it does so in two POSIX threads at once. Usage: see run.sh */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../csrc/bp.c"

static void *memory(int64_t bytes)
{
    void *p = NULL;
    if (posix_memalign(&p, 64, bytes ? (size_t)bytes : 64))
        abort();
    return memset(p, 0, (size_t)bytes);
}

static double random_number(uint64_t *state) { return (double)(next(state) >> 11) * 0x1p-53; }

static void fill(int precision, void *numbers, int64_t n, double zeros, uint64_t *state)
{
    for (int64_t i = 0; i < n; i++) {
        const double x = random_number(state) < zeros ? 0 : random_number(state) - 0.5;
        if (precision == BP_SINGLE)
            ((float *)numbers)[i] = (float)x;
        else
            ((double *)numbers)[i] = x;
    }
}

/* The sum with the bits of n numbers, the same on machines that store their bytes in another order. */
static uint64_t added(uint64_t sum, int precision, const void *numbers, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        uint32_t low;
        uint64_t bits;
        if (precision == BP_SINGLE)
            memcpy(&low, (const char *)numbers + 4 * i, 4), bits = low;
        else
            memcpy(&bits, (const char *)numbers + 8 * i, 8);
        sum = (sum ^ bits) * 0x9E3779B97F4A7C15u;
        sum ^= sum >> 32;
    }
    return sum;
}

static int train(const bp_net *net, void *parameters, bp_run *run)
{
    int outcome = BP_MORE;
    run->scratch = memory(bp_prepare(net, run));
    while (outcome == BP_MORE)
        outcome = bp_train(net, parameters, run, 20000);
    free(run->scratch);
    return outcome;
}

/* One case: a sum over everything that it computed. */
static uint64_t run_case(uint64_t seed, int isa, int threads)
{
    uint64_t state = seed, sum = 0;
    bp_layer layers[4];
    bp_net net = {.precision = (int)(next(&state) % 2), .isa = isa, .layers = layers};
    net.n_layers = 1 + (int64_t)(next(&state) % 4);
    int64_t width = 1 + (int64_t)(next(&state) % 70);
    for (int64_t n = 0; n < net.n_layers; n++) {
        layers[n].n_in = width;
        layers[n].n_out = width = next(&state) % 5 ? 1 + (int64_t)(next(&state) % 40) : 100 + (int64_t)(next(&state) % 100);
        layers[n].activation = (int)(next(&state) % 7);
    }
    const int losses[] = {BP_SQUARED_ERROR, BP_ABSOLUTE, BP_HUBER, BP_CROSS_ENTROPY, BP_SOFTMAX_CROSS_ENTROPY};
    net.loss = losses[next(&state) % 5];
    if (net.loss == BP_CROSS_ENTROPY)
        layers[net.n_layers - 1].activation = BP_SIGMOID;
    if (net.loss == BP_SOFTMAX_CROSS_ENTROPY)
        layers[net.n_layers - 1].activation = BP_SOFTMAX;
    bp_layout(&net);
    const int64_t s = item(net.precision), d = layers[0].n_in, l = width, m = 1 + (int64_t)(next(&state) % 40);
    const double zeros = next(&state) % 2 ? 0.8 : 0.0;
    char *parameters = memory(s * net.size);
    for (int64_t n = 0; n < net.n_layers; n++)
        for (int64_t h = 0; h <= layers[n].n_in; h++)
            fill(net.precision, parameters + s * (layers[n].offset + h * layers[n].stride), layers[n].n_out, 0, &state);
    void *X = malloc((size_t)(s * m * d)), *Y = malloc((size_t)(s * m * l)), *Y_hat = malloc((size_t)(s * m * l));
    fill(net.precision, X, m * d, zeros, &state);
    fill(net.precision, Y, m * l, 0, &state);

    double errors[4];
    const double etas[4] = {0.01, 0.02, 0.01, 0.005}, rates[3] = {0.3, 0, 0.5};
    bp_run run = {0};
    run.X = X, run.Y = Y, run.m = m, run.epochs = 4, run.etas = etas, run.shuffle = 1, run.threads = threads;
    run.batch = next(&state) % 2 ? 1 : 1 + (int64_t)(next(&state) % (uint64_t)m);
    run.errors = errors, run.generator = seed;
    const double constants[6][4] = {{0}, {0.9}, {0.9}, {0.9, 1e-8}, {0.9, 0.99, 1e-8}, {1.2, 0.5, 1e-6, 50}};
    char *u = memory(s * net.size), *v = memory(s * net.size), *mask = memory(s * net.size), *weights = malloc((size_t)(s * m));
    fill(net.precision, weights, m, 0.2, &state);
    run.optimizer = (int)(next(&state) % 6), run.plain = run.optimizer == BP_DESCENT, run.p1 = run.p2 = 1;
    memcpy(run.constants, constants[run.optimizer], sizeof run.constants);
    if (!run.plain) {
        run.u = u, run.v = run.optimizer == BP_ADAM || run.optimizer == BP_RPROP ? v : NULL;
        run.decay = next(&state) % 2 ? 0.01 : 0, run.clip = next(&state) % 3 ? 0 : 0.1;
        run.decoupled = (int)(next(&state) % 2);
    }
    if (next(&state) % 3 == 0)
        run.weights = weights;
    if (next(&state) % 3 == 0) {
        for (int64_t n = 0; n < net.n_layers; n++)
            for (int64_t h = 0; h <= layers[n].n_in; h++)
                fill(net.precision, mask + s * (layers[n].offset + h * layers[n].stride), layers[n].n_out, 0.3, &state);
        run.free = mask;
    }
    if (next(&state) % 3 == 0)
        run.dropout = rates;
    int outcome = BP_DONE;
    char *sums = memory(s * net.size);
    if (next(&state) % 2) {
        outcome = train(&net, parameters, &run);
    } else { /* accumulated BP, the samples in three runs; in the case that the others are compared with, in one */
        const int64_t cut = isa == BP_PLAIN && threads == 1 ? 0 : m / 3, ends[] = {0, cut, 2 * cut, m};
        run.sums = sums, run.shuffle = 0, run.batch = m, run.epochs = 1;
        for (int epoch = 0; epoch < 4; epoch++) {
            run.etas = etas + epoch, run.carried = 0;
            for (int part = 0; part < 3 && outcome == BP_DONE; part++) {
                run.earlier = ends[part], run.m = run.batch = ends[part + 1] - ends[part], run.more = part < 2, run.done = 0;
                if (!run.m)
                    continue;
                run.X = (char *)X + s * d * run.earlier, run.Y = (char *)Y + s * l * run.earlier;
                run.weights = run.weights ? weights + s * run.earlier : NULL;
                outcome = train(&net, parameters, &run);
                run.carried = run.total;
            }
        }
    }
    void *rows = memory(3 * s * net.columns), *scratch = memory(s * (net.back + net.columns));
    char *at = rows;
    const double E = bp_step(&net, parameters, X, Y, 0.1, at, at + s * net.columns, at + 2 * s * net.columns, scratch);
    void *space = memory(bp_predict_scratch(&net, m, threads));
    bp_predict(&net, parameters, X, m, Y_hat, space, threads);
    const double mean = bp_mean_error(&net, Y_hat, Y, m), total = outcome == BP_DONE ? run.total : 0;
    sum = added(added(added(sum, net.precision, parameters, net.size), net.precision, u, net.size), net.precision, v, net.size);
    sum = added(added(added(sum, net.precision, Y_hat, m * l), BP_DOUBLE, &E, 1), BP_DOUBLE, &mean, 1);
    sum = added(sum, BP_DOUBLE, &total, 1);
    sum = sum * 31 + (uint64_t)outcome + (uint64_t)bp_all_finite(net.precision, isa, parameters, net.size);
    free(parameters), free(X), free(Y), free(Y_hat), free(rows), free(scratch), free(space);
    free(u), free(v), free(sums), free(mask), free(weights);
    return sum;
}

static int cases = 60;

static void *all(void *failed)
{
    for (int seed = 1; seed <= cases; seed++) {
        const uint64_t expected = run_case((uint64_t)seed, BP_PLAIN, 1);
        for (int isa = BP_PLAIN; isa <= BP_AVX512; isa++)
            for (int threads = 1; threads <= (bp_max_threads() ? 3 : 1); threads++)
                if (bp_has(isa) == 1 && run_case((uint64_t)seed, isa, threads) != expected) {
                    printf("case %d, instruction set %d, %d threads: other bits\n", seed, isa, threads);
                    *(int *)failed = 1;
                }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    int failed[2] = {0, 0};
    pthread_t other;
    (void)argv;
    if (getenv("CASES"))
        cases = atoi(getenv("CASES"));
    if (argc > 1)
        pthread_create(&other, NULL, all, failed + 1);
    all(failed);
    if (argc > 1)
        pthread_join(other, NULL);
    uint64_t sum = 0; /* the same on every machine */
    for (int seed = 1; seed <= cases; seed++)
        sum = sum * 31 + run_case((uint64_t)seed, BP_PLAIN, 1);
    printf("%d cases: %016llx\n", cases, (unsigned long long)sum);
    puts(failed[0] || failed[1] ? "failed" : "ok");
    return failed[0] || failed[1];
}
