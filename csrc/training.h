/* training.h: training and prediction with numbers of one precision, in the order of microbp/bp.py. What is done to rows of
numbers is in kernels.h, once for each instruction set. */

static const P(kernels) *P(kernels_of)(int isa)
{
    switch (isa) {
#if defined(X86)
    case BP_SSE2: return &NAME(kernels, real, vector128);
    case BP_AVX2: return &NAME(kernels, real, avx2);
    case BP_AVX512: return &NAME(kernels, real, avx512);
#elif defined(ARM)
    case BP_NEON: return &NAME(kernels, real, vector128);
#endif
    default: return &NAME(kernels, real, plain);
    }
}

/* One sample ------------------------------------------------------------------------------------------------------- */

/* The signals into each layer but the first, whose signals are there, z where it has a place other than the outputs, and
   the outputs b, ..., y_hat (rows of all layers). */
static void P(forward)(const P(kernels) *k, const bp_net *net, const REAL *parameters, REAL *signals, REAL *z,
                       REAL *outputs)
{
    for (int64_t n = 0; n < net->n_layers; n++) {
        const bp_layer *layer = net->layers + n;
        const REAL *w = parameters + layer->offset;
        if (n)
            k->signal(w, layer->stride, outputs + layer[-1].column, layer->n_in, NULL, layer->n_out,
                      signals + layer->column);
        k->output(layer->activation, signals + layer->column, w + layer->n_in * layer->stride, layer->n_out,
                  z + layer->column, outputs + layer->column);
        if (layer->activation == BP_SOFTMAX)
            k->softmax(outputs + layer->column, layer->n_out);
    }
}

/* The gradients e, ..., g of each layer, all with the weights from before the update. */
static void P(backward)(const P(kernels) *k, const bp_net *net, const REAL *back, const REAL *z, const REAL *outputs,
                        const REAL *y, REAL s, const REAL *y_end, REAL *gradients)
{
    const bp_layer *layer = net->layers + net->n_layers - 1;
    k->output_gradient(layer->activation, net->loss, outputs + layer->column, y, z + layer->column, s, layer->n_out,
                       y_end, gradients + layer->column);
    for (; layer > net->layers; layer--) { /* (11) */
        const bp_layer *below = layer - 1;
        REAL *e = gradients + below->column;
        k->signal(back + layer->back, layer->back_stride, gradients + layer->column, layer->n_out, NULL, layer->n_in, e);
        k->hidden_slope(below->activation, outputs + below->column, z + below->column, e, layer->n_in, e);
    }
}

/* Training --------------------------------------------------------------------------------------------------------- */

/* Standard BP on the samples order[from .. to): an update after every one. Adds their E_k to run->total. Where eta is a
   power of two, eta (g_j b_h) is (eta g_j) b_h to the last bit, with half the products, unless a number is extreme. */
static void P(standard)(const bp_net *net, void *parameters_, bp_run *run, const work *work, int64_t from, int64_t to,
                        int64_t epochs)
{
    const P(kernels) *k = P(kernels_of)(net->isa);
    REAL *parameters = parameters_, *z = work->signals, *outputs = work->outputs, *gradients = work->gradients;
    REAL *back = work->back;
    const bp_layer *first = net->layers, *last = first + net->n_layers - 1;
    const int64_t d = first->n_in, q = first->n_out, l = last->n_out;
    const REAL *X = run->X, *Y = run->Y, *Y_end = Y + run->m * l, *weights = run->weights, eta = (REAL)run->eta;
    int exponent;
    const int is_power = frexp(run->eta, &exponent) == 0.5 && exponent > -20 && exponent < 20;
    int32_t *index = run->sparse ? work->index : NULL;
    (void)epochs; /* one */
    for (int64_t n = 1; n < net->n_layers; n++)
        k->turn(net->layers + n, net->layers[n].stride, parameters, back, 0, net->layers[n].n_in);
    const REAL *x = X + work->order[from] * d;
    int64_t inputs = index ? k->nonzeros(x, d, index, X + work->order[LESSER(from + 1, to - 1)] * d) : d;
    k->signal(parameters, first->stride, x, inputs, index, q, outputs);
    for (int64_t t = from; t < to; t++) {
        const REAL *y = Y + work->order[t] * l, *x_next = t + 1 < to ? X + work->order[t + 1] * d : NULL;
        const REAL *x_after = X + work->order[LESSER(t + 2, to - 1)] * d, s = weights ? weights[work->order[t]] : 1;
        P(forward)(k, net, parameters, outputs, z, outputs);
        run->total += (double)(s * k->error(net->loss, outputs + last->column, y, z + last->column, l));
        P(backward)(k, net, back, z, outputs, y, s, Y_end, gradients);
        for (int64_t n = 1; n < net->n_layers; n++) {
            const bp_layer *layer = net->layers + n;
            const REAL *b = outputs + layer[-1].column, *g = gradients + layer->column;
            k->update(layer, parameters, eta, b, g);
            k->add_outer(back + layer->back, layer->back_stride, eta, b, g, layer->n_out, layer->n_in, NULL);
        }
        k->update_thresholds(first, parameters, eta, gradients);
        REAL rate = eta;
        if (is_power && !index && k->moderate(gradients, q) && k->moderate(x, d)) {
            for (int64_t h = 0; h < q; h++)
                gradients[h] = eta * gradients[h];
            rate = 1;
        }
        if (x_next && !index)
            k->update_signal(parameters, first->stride, rate, gradients, x, x_next, x_after, d, q, outputs);
        else
            k->add_outer(parameters, first->stride, rate, gradients, x, inputs, q, index);
        if (x_next && index) {
            inputs = k->nonzeros(x_next, d, index, x_after);
            k->signal(parameters, first->stride, x_next, inputs, index, q, outputs);
        }
        x = x_next;
    }
}

/* The rule for a batch of m samples. */
RARE P(rule) P(rule_of)(const bp_run *run, REAL *parameters, int64_t m)
{
    double eta = run->plain ? run->eta / (double)m : run->eta;
    P(rule) o = {0};
    o.plain = run->plain && !run->free, o.optimizer = run->optimizer, o.decoupled = run->decoupled, o.first = run->t == 0;
    o.m = run->plain ? 1 : (REAL)m, o.exact = run->plain || !(m & (m - 1)), o.inverse = 1 / o.m, o.scale = 1;
    o.decay = (REAL)run->decay, o.shrink = (REAL)eta * o.decay;
    for (int i = 0; i < 4; i++)
        o.k[i] = (REAL)run->constants[i];
    for (int i = 0; i < 2; i++)
        o.rest[i] = (REAL)(1.0 - run->constants[i]);
    if (run->optimizer == BP_ADAM) {
        eta = eta / (1.0 - run->p1 * run->constants[0]);
        o.c = (REAL)sqrt(1.0 - run->p2 * run->constants[1]);
    }
    o.rate = (REAL)eta;
    o.w = parameters, o.u = run->u, o.v = run->v, o.free = run->free;
    return o;
}

/* Where the length of all D together is greater than clip: clip / length, else 1. The sum runs over all parameters in
   their order, in binary64. */
RARE REAL P(clip_scale)(const bp_net *net, const bp_run *run, const P(rule) *o, const REAL *sums)
{
    double length = 0;
    for (const bp_layer *layer = net->layers; layer < net->layers + net->n_layers; layer++)
        for (int64_t h = 0; h <= layer->n_in; h++)
            PANELS(layer, panel_of(net, layer, run), 0, layer->n_out)
                for (int64_t at = PLACE(layer, h), end = at + columns; at < end; at++) {
                    const REAL D = o->exact ? sums[at] * o->inverse : sums[at] / o->m;
                    if (!o->free || o->free[at] != 0)
                        length = length + (double)D * (double)D;
                }
    length = sqrt(length);
    return length > run->clip ? (REAL)(run->clip / length) : 1;
}

/* 0 or 1 / (1 - rate) for each neuron of each hidden layer and each of the samples; see `keep` in bp.py */
RARE void P(draw)(const bp_net *net, bp_run *run, const work *work, int64_t samples)
{
    for (int64_t s = 0; s < samples; s++)
        for (const bp_layer *layer = net->layers; layer < net->layers + net->n_layers - 1; layer++) {
            const double rate = run->dropout[layer - net->layers];
            REAL *kept = (REAL *)work->factors + work->chunk * layer->column + s * layer->stride;
            for (int64_t h = 0; h < layer->n_out; h++)
                kept[h] = rate > 0 && (double)(next(&run->generator) >> 11) * 0x1p-53 < rate ? 0 : (REAL)(1 / (1 - rate));
        }
}

/* The outputs of all layers for a chunk of samples. rows: for each layer, `chunk` pointers to the rows that come in. */
RARE void P(forward_chunk)(const bp_net *net, const REAL *parameters, const bp_run *run, const work *work,
                           int64_t samples, int sparse, team *team, int rank)
{
    const P(kernels) *k = P(kernels_of)(net->isa);
    const int count = team->count;
    const int64_t chunk = work->chunk;
    for (int64_t n = 0; n < net->n_layers; n++) {
        const bp_layer *layer = net->layers + n;
        const int64_t panel = panel_of(net, layer, run);
        const REAL *const *b = (const REAL *const *)work->rows + n * chunk;
        REAL *beta = (REAL *)work->outputs + chunk * layer->column, *z = (REAL *)work->signals + chunk * layer->column;
        REAL *kept = work->factors && n < net->n_layers - 1 ? (REAL *)work->factors + chunk * layer->column : NULL;
        const share share = share_of(samples, layer->n_in, layer->n_out, panel, rank, count);
        PANELS(layer, panel, share.c0, share.c1) {
            const REAL *w = parameters + PLACE(layer, 0);
            if (n == 0 && sparse)
                for (int64_t s = share.s0; s < share.s1; s++)
                    k->signal(w, stride, b[s], work->counts[s], work->index + s * (layer->n_in + INDEX_SPARE), columns,
                              beta + s * layer->stride + c);
            else
                k->signals(w, stride, b, layer->n_in, share.s0, share.s1, columns, beta + c, layer->stride);
            for (int64_t s = share.s0; s < share.s1; s++) {
                const int64_t at = s * layer->stride + c;
                k->output(layer->activation, beta + at, w + layer->n_in * stride, columns, z + at, beta + at);
                if (kept)
                    k->drop(layer->activation, z + at, columns, beta + at, kept + at);
            }
        }
        barrier(team);
        if (layer->activation == BP_SOFTMAX) {
            int64_t s0, s1;
            divide(samples, 1, rank, count, &s0, &s1);
            for (int64_t s = s0; s < s1; s++)
                k->softmax(beta + s * layer->stride, layer->n_out);
            barrier(team);
        }
    }
}

/* Mini-batch and accumulated BP on the samples order[from .. to), which begin and end at a chunk of a batch. Adds their
   E_k to run->total (thread 0). Every thread of the team calls this with its own rank. */
RARE void P(batches)(const bp_net *net, void *parameters_, bp_run *run, const work *work, int64_t from, int64_t to,
                     team *team, int rank)
{
    const P(kernels) *k = P(kernels_of)(net->isa);
    const int count = team->count;
    REAL *parameters = parameters_, *outputs = work->outputs, *gradients = work->gradients, *back = work->back;
    REAL *sums = work->sums, *z = work->signals, *factors = work->factors;
    static const REAL minus_one = -1;
    const bp_layer *last_layer = net->layers + net->n_layers - 1;
    const int64_t d = net->layers[0].n_in, l = last_layer->n_out, chunk = work->chunk;
    const REAL *X = run->X, *Y = run->Y, *Y_end = Y + run->m * l, *weights = run->weights;
    const REAL **rows = (const REAL **)work->rows, **thresholds = rows + net->n_layers * chunk;
    for (int64_t samples; from < to; from += samples) {
        const int64_t begin = from - from % run->batch, end = LESSER(begin + run->batch, run->m);
        samples = LESSER(chunk, end - from);
        const int first = from == begin && !run->earlier, last = from + samples == end && !run->more;
        const int clips = run->clip > 0;
        P(rule) rules[2] = {P(rule_of)(run, parameters, run->earlier + end - begin)}; /* for weights, and for thresholds */
        rules[1] = rules[0];
        rules[1].decay = 0;
        int64_t s0, s1, h0, h1;

        divide(samples, 1, rank, count, &s0, &s1);
        for (int64_t s = s0; s < s1; s++) {
            rows[s] = X + work->order[from + s] * d;
            thresholds[s] = &minus_one;
            for (int64_t n = 1; n < net->n_layers; n++)
                rows[n * chunk + s] = outputs + chunk * net->layers[n - 1].column + s * net->layers[n - 1].stride;
            if (run->sparse)
                work->counts[s] = (int32_t)k->nonzeros(rows[s], d, work->index + s * (d + INDEX_SPARE),
                                                       X + work->order[LESSER(from + s + AHEAD, to - 1)] * d);
        }
        if (factors && rank == 0)
            P(draw)(net, run, work, samples);
        if (from == begin)
            for (int64_t n = 1; n < net->n_layers; n++) {
                divide(net->layers[n].n_in, LINE, rank, count, &h0, &h1);
                k->turn(net->layers + n, panel_of(net, net->layers + n, run), parameters, back, h0, h1);
            }
        barrier(team);

        if (run->sparse) {
            divide(d, 16, rank, count, &h0, &h1); /* whole cache lines of counts */
            list_visits(work, samples, d, h0, h1);
        }
        P(forward_chunk)(net, parameters, run, work, samples, run->sparse, team, rank);

        divide(samples, 1, rank, count, &s0, &s1);
        for (int64_t s = s0; s < s1; s++) {
            const int64_t at = chunk * last_layer->column + s * last_layer->stride;
            const REAL *y = Y + work->order[from + s] * l, s_k = weights ? weights[work->order[from + s]] : 1;
            work->errors[s] = (double)(s_k * k->error(net->loss, outputs + at, y, z + at, l));
            k->output_gradient(last_layer->activation, net->loss, outputs + at, y, z + at, s_k, l, Y_end, gradients + at);
        }
        barrier(team);
        if (rank == 0) {
            for (int64_t s = 0; s < samples; s++)
                run->total += work->errors[s];
            if (last && !rules->plain)
                run->t++;
            if (last && run->optimizer == BP_ADAM)
                run->p1 *= run->constants[0], run->p2 *= run->constants[1];
        }

        for (const bp_layer *layer = last_layer; layer > net->layers; layer--) {
            const int64_t start = chunk * layer[-1].column;
            REAL *e = gradients + chunk * layer[-1].column;
            const share share = share_of(samples, 0, layer->n_in, LINE, rank, count);
            const REAL **g = thresholds + chunk;
            for (int64_t s = 0; s < samples; s++)
                g[rank * chunk + s] = gradients + chunk * layer->column + s * layer->stride;
            k->signals(back + layer->back + share.c0, layer->back_stride, g + rank * chunk, layer->n_out, share.s0,
                       share.s1, share.c1 - share.c0, e + share.c0, layer->back_stride);
            for (int64_t s = share.s0; s < share.s1; s++) {
                const int64_t at = s * layer->back_stride + share.c0;
                if (factors)
                    for (int64_t h = at; h < at + share.c1 - share.c0; h++)
                        e[h] = factors[start + h] * e[h];
                else
                    k->hidden_slope(layer[-1].activation, outputs + start + at, z + start + at, e + at,
                                    share.c1 - share.c0, e + at);
            }
            barrier(team);
        }

        for (int64_t n = 0; n < net->n_layers; n++) {
            const bp_layer *layer = net->layers + n;
            const REAL *g = gradients + chunk * layer->column;
            const int64_t panel = panel_of(net, layer, run);
            const share share = share_of(0, layer->n_in, layer->n_out, panel, rank, count);
            PANELS(layer, panel, share.c0, share.c1) {
                const int64_t at = PLACE(layer, 0), theta = at + layer->n_in * stride;
                k->updates(parameters + at, stride, rules, g + c, layer->stride, rows + n * chunk, samples,
                           n == 0 && run->sparse ? work->visits : NULL, SETS(chunk), share.h0, share.h1,
                           columns, sums ? sums + at : NULL, first, last && !clips);
                if (share.h1 == layer->n_in && share.h0 < share.h1)
                    k->updates(parameters + theta, stride, rules + 1, g + c, layer->stride, thresholds, samples, NULL,
                               0, 0, 1, columns, sums ? sums + theta : NULL, first, last && !clips);
            }
        }
        barrier(team);
        if (last && clips) {
            rules[0].scale = rules[1].scale = P(clip_scale)(net, run, rules, sums);
            for (const bp_layer *layer = net->layers; layer <= last_layer; layer++) {
                divide(layer->n_in + 1, 1, rank, count, &h0, &h1);
                PANELS(layer, panel_of(net, layer, run), 0, layer->n_out)
                    for (int64_t h = h0; h < h1; h++)
                        k->optimise(rules + (h == layer->n_in), parameters + PLACE(layer, h), sums + PLACE(layer, h),
                                    columns);
            }
            barrier(team);
        }
    }
}

/* The other functions of an engine ---------------------------------------------------------------------------------- */

RARE double P(step)(const bp_net *net, void *parameters_, const void *x, const void *y, double eta, void *signals,
                    void *outputs, void *gradients, void *scratch)
{
    const P(kernels) *k = P(kernels_of)(net->isa);
    REAL *parameters = parameters_, *z = (REAL *)scratch + net->back;
    const bp_layer *last = net->layers + net->n_layers - 1;
    for (int64_t n = 1; n < net->n_layers; n++)
        k->turn(net->layers + n, net->layers[n].stride, parameters, scratch, 0, net->layers[n].n_in);
    k->signal(parameters, net->layers->stride, x, net->layers->n_in, NULL, net->layers->n_out, signals);
    P(forward)(k, net, parameters, signals, z, outputs);
    const REAL E = k->error(net->loss, (REAL *)outputs + last->column, y, z + last->column, last->n_out);
    P(backward)(k, net, scratch, z, outputs, y, 1, (const REAL *)y + last->n_out, gradients);
    for (int64_t n = 0; n < net->n_layers; n++)
        k->update(net->layers + n, parameters, (REAL)eta, n ? (REAL *)outputs + net->layers[n - 1].column : x,
                  (REAL *)gradients + net->layers[n].column);
    return (double)E;
}

/* The samples from <= k < to, by one thread with scratch memory of its own. */
RARE int P(predict)(const bp_net *net, const void *parameters, const void *X_, int64_t from, int64_t to, void *Y_hat_,
                    const work *work, int sparse)
{
    const P(kernels) *k = P(kernels_of)(net->isa);
    const bp_layer *last = net->layers + net->n_layers - 1;
    const int64_t d = net->layers[0].n_in, l = last->n_out, chunk = work->chunk;
    const REAL *X = X_, **rows = (const REAL **)work->rows;
    REAL *Y_hat = Y_hat_, *outputs = work->outputs;
    team alone = {1, 0, 0};
    for (int64_t samples; from < to; from += samples) {
        samples = LESSER(chunk, to - from);
        if (!k->all_finite(X + from * d, samples * d)) /* which also brings them near */
            return 0;
        for (int64_t s = 0; s < samples; s++) {
            rows[s] = X + (from + s) * d;
            for (int64_t n = 1; n < net->n_layers; n++)
                rows[n * chunk + s] = outputs + chunk * net->layers[n - 1].column + s * net->layers[n - 1].stride;
            if (sparse) /* which all_finite brought near */
                work->counts[s] = (int32_t)k->nonzeros(rows[s], d, work->index + s * (d + INDEX_SPARE), rows[s]);
        }
        P(forward_chunk)(net, parameters, NULL, work, samples, sparse, &alone, 0);
        for (int64_t s = 0; s < samples; s++)
            memcpy(Y_hat + (from + s) * l, outputs + chunk * last->column + s * last->stride, (size_t)l * sizeof(REAL));
    }
    return 1;
}

static void P(predict_row)(const bp_net *net, const void *parameters, const void *x, void *outputs)
{
    const P(kernels) *k = P(kernels_of)(net->isa);
    k->signal(parameters, net->layers->stride, x, net->layers->n_in, NULL, net->layers->n_out, outputs);
    P(forward)(k, net, parameters, outputs, outputs, outputs);
}

RARE double P(mean_error)(const bp_net *net, const void *Y_hat_, const void *Y_, int64_t m)
{
    const P(kernels) *k = &NAME(kernels, real, plain); /* rows without padding: nothing may be read behind them */
    const REAL *Y_hat = Y_hat_, *Y = Y_;
    const int64_t l = net->layers[net->n_layers - 1].n_out;
    double total = 0;
    for (int64_t n = 0; n < m * l; n += l)
        total += (double)k->error(net->loss, Y_hat + n, Y + n, Y_hat + n, l);
    return total / (double)m;
}

static int P(all_finite)(int isa, const void *numbers, int64_t n) { return P(kernels_of)(isa)->all_finite(numbers, n); }

static const engine P(engine) = {
    P(standard), P(batches), P(step), P(predict), P(predict_row), P(mean_error), P(all_finite)
};
