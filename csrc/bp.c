/* bp.c: the C engine's functions, which bp.h declares: chooses the kernels and runs the epochs.

Every kernel does the operations of microbp/bp.py in the same order, so the bits do not depend on which one runs. */

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "bp.h"

#if !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0
#error "microbp: this target computes in more digits than the numbers have; the Python engine serves here"
#endif
#if defined(__FAST_MATH__) || defined(_M_FP_FAST)
#error "microbp: the engine's bits need exact arithmetic; compile without -ffast-math"
#endif
#if FLT_MANT_DIG != 24 || DBL_MANT_DIG != 53
#error "microbp: float and double must be IEEE 754 binary32 and binary64"
#endif

#include "compiler.h"
#include "tiles.h"
#include "share.h"

/* The functions of training.h, for numbers of one precision. */
typedef void standard_kernel(const bp_net *, void *, bp_run *, const work *, int64_t, int64_t, int64_t);

typedef struct {
    standard_kernel *standard;
    void (*batches)(const bp_net *, void *, bp_run *, const work *, int64_t, int64_t, team *, int);
    double (*step)(const bp_net *, void *, const void *, const void *, double, void *, void *, void *, void *);
    int (*predict)(const bp_net *, const void *, const void *, int64_t, int64_t, void *, const work *, int);
    void (*predict_row)(const bp_net *, const void *, const void *, void *);
    double (*mean_error)(const bp_net *, const void *, const void *, int64_t);
    int (*all_finite)(int, const void *, int64_t);
} engine;

#define SINGLE 0
#include "precision.h"
#define SINGLE 1
#include "precision.h"
static const engine *const engines[] = {&engine_double, &engine_single};

int bp_has(int isa)
{
    switch (isa) {
    case BP_PLAIN: return 1;
#ifdef X86
    case BP_SSE2: return 1;
    case BP_AVX2: return __builtin_cpu_supports("avx2") != 0;
    case BP_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#elif defined(ARM)
    case BP_NEON: return 1;
#endif
    default: return -1;
    }
}

/* The floating-point state that the contract needs (round to nearest, subnormals kept); the caller's comes back after. */
typedef fenv_t state;
static state enter(void)
{
    state caller;
    fegetenv(&caller);
    fesetenv(FE_DFL_ENV);
    return caller;
}
static void leave(state caller) { fesetenv(&caller); }

int bp_max_threads(void)
{
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 0;
#endif
}

static int64_t padded(const bp_net *net, int64_t n)
{
    const int64_t line = 64 / item(net->precision);
    return (n + line - 1) / line * line;
}

void bp_layout(bp_net *net)
{
    net->size = net->columns = net->back = 0;
    net->keeps_z = net->loss == BP_CROSS_ENTROPY || net->loss == BP_SOFTMAX_CROSS_ENTROPY;
    for (bp_layer *layer = net->layers; layer < net->layers + net->n_layers; layer++) {
        layer->stride = padded(net, layer->n_out);
        layer->offset = net->size;
        net->size += (layer->n_in + 1) * layer->stride;
        layer->column = net->columns;
        net->columns += layer->stride;
        layer->back_stride = padded(net, layer->n_in);
        layer->back = net->back;
        if (layer > net->layers)
            net->back += layer->n_out * layer->back_stride;
        net->keeps_z |= layer->activation == BP_SOFTPLUS;
    }
}

/* Cut the next part from scratch memory (which may be NULL, to count). */
RARE void *cut(char *scratch, int64_t *used, int64_t bytes)
{
    void *part = scratch ? scratch + *used : NULL;
    *used += (bytes + 63) / 64 * 64;
    return part;
}

RARE work divide_scratch(const bp_net *net, const bp_run *run, int64_t *used)
{
    const int64_t s = item(net->precision), d = net->layers[0].n_in;
    const int threads = run->threads > 1 ? run->threads : 1;
    char *scratch = run->scratch;
    work work = {0};
    int64_t chunk = (int64_t)1 << 28;
    chunk = chunk / net->size < 16 ? 16 : chunk / net->size < CHUNK ? chunk / net->size : CHUNK;
    work.chunk = chunk = LESSER(run->batch, chunk);
    *used = 0;
    work.kept = cut(scratch, used, s * net->size * (1 + (run->u != NULL) + (run->v != NULL)));
    work.back = cut(scratch, used, s * net->back);
    work.outputs = cut(scratch, used, s * chunk * net->columns);
    work.gradients = cut(scratch, used, s * chunk * net->columns);
    work.signals = net->keeps_z ? cut(scratch, used, s * chunk * net->columns) : work.outputs;
    if (run->dropout)
        work.factors = cut(scratch, used, s * chunk * net->columns);
    work.order = cut(scratch, used, 4 * (run->m + EXTRA));
    work.rows = cut(scratch, used, (int64_t)sizeof(void *) * chunk * (net->n_layers + 1 + threads));
    work.errors = cut(scratch, used, 8 * chunk);
    if (run->sums || run->batch > chunk || run->clip > 0)
        work.sums = run->sums ? run->sums : cut(scratch, used, s * net->size);
    int64_t largest = 0; /* of the layers in more than one panel */
    for (const bp_layer *layer = net->layers; layer < net->layers + net->n_layers; layer++)
        if (panel_of(net, layer, run) < layer->stride && (layer->n_in + 1) * layer->stride > largest)
            largest = (layer->n_in + 1) * layer->stride;
    work.unpacked = cut(scratch, used, s * largest);
    if (run->sparse) {
        work.index = cut(scratch, used, 4 * chunk * (d + INDEX_SPARE));
        work.counts = cut(scratch, used, 4 * chunk);
        if (!is_standard(run))
            work.visits = cut(scratch, used, 8 * d * SETS(chunk));
    }
    return work;
}

/* Whether skipping zeros pays: whether at most a third of about 65536 inputs, from all over the data, are not 0. */
RARE int has_many_zeros(int precision, const void *X, int64_t m, int64_t d)
{
    const int64_t rows = LESSER(m, 1 + 65536 / d);
    int64_t nonzero = 0;
    if (d < 16)
        return 0;
    for (int64_t r = 0; r < rows; r++) {
        const int64_t k = r * (m / rows) * d;
        for (int64_t i = k; i < k + d; i++)
            nonzero += precision == BP_SINGLE ? ((const float *)X)[i] != 0 : ((const double *)X)[i] != 0;
    }
    return 3 * nonzero <= rows * d;
}

int64_t bp_prepare(const bp_net *net, bp_run *run)
{
    int64_t bytes;
    run->sparse = has_many_zeros(net->precision, run->X, run->m, net->layers[0].n_in);
    divide_scratch(net, run, &bytes);
    return bytes;
}

/* The order in which one epoch visits its samples (Fisher and Yates, from the last place to the first). */
static void visiting_order(bp_run *run, uint32_t *order)
{
    for (int64_t i = 0; i < run->m; i++)
        order[i] = (uint32_t)i;
    if (run->shuffle)
        for (uint64_t i = (uint64_t)run->m - 1; i > 0; i--) {
            const uint64_t j = ((next(&run->generator) >> 32) * (i + 1)) >> 32;
            const uint32_t item = order[i];
            order[i] = order[j];
            order[j] = item;
        }
}

/* The kernel that holds everything in registers, in the narrowest vectors for a layer; NULL for a net that is too large. */
static standard_kernel *tiny_kernel(const bp_net *net, const bp_run *run)
{
    const bp_layer *layers = net->layers;
    if (net->n_layers != 2 || net->precision != BP_DOUBLE || layers[0].n_in > 4 || net->loss != BP_SQUARED_ERROR ||
        layers[0].activation != BP_SIGMOID || layers[1].activation != BP_SIGMOID || run->weights || !is_standard(run))
        return NULL;
#if defined(X86) || defined(ARM)
    const int64_t l = layers[1].n_out, widest = layers[0].n_out > l ? layers[0].n_out : l;
    const int smallest = layers[0].n_in <= 2 && widest <= 2 && l == 1;
#if defined(X86)
    if (net->isa == BP_AVX512 && (smallest || (widest > 4 && widest <= 8)))
        return smallest ? NAME(tiny, double, narrow) : NAME(tiny, double, avx512);
    if (net->isa >= BP_AVX2 && widest <= 4)
        return NAME(tiny, double, avx2);
#else
    if (net->isa == BP_NEON && smallest)
        return NAME(tiny, double, vector128);
#endif
#endif
    return NULL;
}

/* The samples from run->position to `to`, by all the threads of the run; by a tiny kernel in each of `epochs` epochs. */
RARE void visit(const bp_net *net, void *parameters, bp_run *run, const work *work, standard_kernel *tiny, int64_t to,
                int64_t epochs)
{
    const engine *engine = engines[net->precision];
    if (is_standard(run)) {
        (tiny ? tiny : engine->standard)(net, parameters, run, work, run->position, to, epochs);
        return;
    }
    team team = {1, 0, 0};
#ifdef _OPENMP
    if (run->threads > 1) {
#pragma omp parallel num_threads(run->threads)
        {
            const state caller = enter();
#pragma omp single
            team.count = omp_get_num_threads();
            engine->batches(net, parameters, run, work, run->position, to, &team, omp_get_thread_num());
            leave(caller);
        }
        return;
    }
#endif
    engine->batches(net, parameters, run, work, run->position, to, &team, 0);
}

/* Where training may stop after about `budget` products: at a chunk of a batch. */
static int64_t stop(const bp_net *net, const bp_run *run, int64_t chunk, int64_t budget)
{
    const int64_t samples = budget / net->size + 1;
    if (run->m - run->position <= samples)
        return run->m;
    const int64_t to = run->position + samples, begin = to - to % run->batch;
    return LESSER(LESSER(begin + run->batch, run->m), begin + (to - begin + chunk - 1) / chunk * chunk);
}

/* Put the parameters, and what lies like them, row by row, into panels, or back. */
RARE void pack(const bp_net *net, void *parameters, const bp_run *run, const work *work, int into)
{
    const int64_t s = item(net->precision);
    char *all[] = {parameters, run->u, run->v, run->sums};
    for (int i = 0; i < 4; i++)
        for (const bp_layer *layer = net->layers; all[i] && layer < net->layers + net->n_layers; layer++) {
            const int64_t offset = s * layer->offset;
            char *place = all[i] + offset, *copy = work->unpacked;
            if (panel_of(net, layer, run) == layer->stride)
                continue;
            memcpy(copy, place, (size_t)(s * (layer->n_in + 1) * layer->stride));
            PANELS(layer, panel_of(net, layer, run), 0, layer->n_out)
                for (int64_t h = 0; h <= layer->n_in; h++) {
                    const int64_t row = s * (h * layer->stride + c), packed = s * PLACE(layer, h) - offset;
                    (void)columns;
                    memcpy(place + (into ? packed : row), copy + (into ? row : packed), (size_t)(s * stride));
                }
        }
}

RARE void keep(const bp_net *net, const void *parameters, bp_run *run, const work *work)
{
    const size_t size = (size_t)(net->size * item(net->precision));
    memcpy(work->kept, parameters, size);
    if (run->u)
        memcpy((char *)work->kept + size, run->u, size);
    if (run->v)
        memcpy((char *)work->kept + 2 * size, run->v, size);
    run->kept_t = run->t, run->kept_p1 = run->p1, run->kept_p2 = run->p2;
    run->kept = run->done;
    run->kept_generator = run->generator;
}

RARE void go_back(const bp_net *net, void *parameters, bp_run *run, const work *work)
{
    const size_t size = (size_t)(net->size * item(net->precision));
    memcpy(parameters, work->kept, size);
    if (run->u)
        memcpy(run->u, (char *)work->kept + size, size);
    if (run->v)
        memcpy(run->v, (char *)work->kept + 2 * size, size);
    run->t = run->kept_t, run->p1 = run->kept_p1, run->p2 = run->kept_p2;
    run->trained -= run->done - run->kept;
    run->done = run->kept;
    run->unfinished = 0;
    run->generator = run->kept_generator;
    run->position = 0;
}

/* The parameters are kept, and checked, after so many epochs that it costs nothing. If a check fails, the epochs since
   then are done again with a check after each, to find the one that left the finite numbers. */
int bp_train(const bp_net *net, void *parameters, bp_run *run, int64_t budget)
{
    int64_t bytes;
    const work work = divide_scratch(net, run, &bytes);
    const int64_t interval = 1 + EXTRA / run->m;
    standard_kernel *tiny = tiny_kernel(net, run);
    const state caller = enter();
    int result = BP_DONE;
    pack(net, parameters, run, &work, 1);
    if (run->done == 0 && run->position == 0)
        keep(net, parameters, run, &work);
    while (run->done < run->epochs) {
        if (run->position == 0) {
            run->eta = run->etas[run->done];
            run->total = run->carried;
            visiting_order(run, work.order);
        }
        const int64_t from = run->position, to = stop(net, run, work.chunk, budget);
        int64_t count = 1; /* of epochs that are done at once */
        if (tiny && !run->exact && from == 0 && to == run->m)
            count = LESSER(interval, run->epochs - run->done);
        for (int64_t epoch = 1; epoch < count; epoch++)
            visiting_order(run, work.order + epoch * run->m);
        visit(net, parameters, run, &work, tiny, to, count);
        budget -= count * (to - from) * net->size;
        run->position = to;
        if (to == run->m) {
            int finite = 1;
            run->errors[run->done + count - 1] = run->total / (double)run->m;
            for (int64_t epoch = run->done; epoch < run->done + count; epoch++)
                finite &= run->errors[epoch] - run->errors[epoch] == 0.0;
            run->done += count;
            run->trained += count;
            run->position = 0;
            if (finite && (run->exact || run->done - run->kept >= interval || run->done == run->epochs)) {
                finite = bp_all_finite(net->precision, net->isa, parameters, net->size);
                if (finite)
                    keep(net, parameters, run, &work);
            }
            if (!finite) {
                const int found = run->done - run->kept == 1;
                go_back(net, parameters, run, &work);
                run->exact = 1;
                if (found) {
                    result = BP_DIVERGED;
                    break;
                }
            }
        }
        if (budget <= 0 && run->done < run->epochs) {
            result = BP_MORE;
            break;
        }
    }
    run->unfinished = result == BP_MORE;
    pack(net, parameters, run, &work, 0);
    leave(caller);
    return result;
}

void bp_undo(const bp_net *net, void *parameters, bp_run *run)
{
    int64_t bytes;
    const work work = divide_scratch(net, run, &bytes);
    if (run->unfinished) {
        go_back(net, parameters, run, &work);
        pack(net, parameters, run, &work, 0);
    }
}

double bp_step(const bp_net *net, void *parameters, const void *x, const void *y, double eta, void *signals,
               void *outputs, void *gradients, void *scratch)
{
    const state caller = enter();
    const double E = engines[net->precision]->step(net, parameters, x, y, eta, signals, outputs, gradients, scratch);
    leave(caller);
    return E;
}

/* The scratch memory of one thread for predict. */
RARE work divide_predict(const bp_net *net, int64_t m, char *scratch, int64_t *used)
{
    work work = {0};
    work.chunk = LESSER(m, PREDICT_CHUNK);
    *used = 0;
    work.signals = work.outputs = cut(scratch, used, item(net->precision) * work.chunk * net->columns);
    work.rows = cut(scratch, used, (int64_t)sizeof(void *) * work.chunk * net->n_layers);
    work.index = cut(scratch, used, 4 * work.chunk * (net->layers[0].n_in + INDEX_SPARE));
    work.counts = cut(scratch, used, 4 * work.chunk);
    return work;
}

int64_t bp_predict_scratch(const bp_net *net, int64_t m, int threads)
{
    int64_t bytes;
    divide_predict(net, m, NULL, &bytes);
    return bytes * (threads > 1 ? threads : 1);
}

int bp_predict(const bp_net *net, const void *parameters, const void *X, int64_t m, void *Y_hat, void *scratch,
               int threads)
{
    const engine *engine = engines[net->precision];
    const int sparse = m >= 8 && has_many_zeros(net->precision, X, m, net->layers[0].n_in);
    int64_t bytes;
    int finite = 1;
#ifdef _OPENMP
    if (threads > 1) {
#pragma omp parallel num_threads(threads) private(bytes) reduction(& : finite)
        {
            const state caller = enter();
            const int rank = omp_get_thread_num();
            int64_t from, to;
            work work = divide_predict(net, m, NULL, &bytes);
            work = divide_predict(net, m, (char *)scratch + rank * bytes, &bytes);
            divide(m, PREDICT_CHUNK, rank, omp_get_num_threads(), &from, &to);
            finite &= engine->predict(net, parameters, X, from, to, Y_hat, &work, sparse);
            leave(caller);
        }
        return finite;
    }
#else
    (void)threads;
#endif
    const state caller = enter();
    const work work = divide_predict(net, m, scratch, &bytes);
    finite = engine->predict(net, parameters, X, 0, m, Y_hat, &work, sparse);
    leave(caller);
    return finite;
}

int bp_predict_row(const bp_net *net, const void *parameters, const void *x, void *y_hat)
{
    const engine *engine = engines[net->precision];
    const bp_layer *last = net->layers + net->n_layers - 1;
    union { double numbers[2048]; char bytes[16384]; } outputs;
    if (item(net->precision) * net->columns > (int64_t)sizeof outputs)
        return 0;
    if (!engine->all_finite(net->isa, x, net->layers[0].n_in))
        return 0;
    const state caller = enter();
    engine->predict_row(net, parameters, x, outputs.bytes);
    leave(caller);
    memcpy(y_hat, outputs.bytes + item(net->precision) * last->column, (size_t)(item(net->precision) * last->n_out));
    return 1;
}

double bp_mean_error(const bp_net *net, const void *Y_hat, const void *Y, int64_t m)
{
    const state caller = enter();
    const double E = engines[net->precision]->mean_error(net, Y_hat, Y, m);
    leave(caller);
    return E;
}

int bp_all_finite(int precision, int isa, const void *numbers, int64_t n)
{
    return engines[precision]->all_finite(isa, numbers, n);
}
