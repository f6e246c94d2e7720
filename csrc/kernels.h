/* kernels.h: the equations of microbp/bp.py for one precision and one vector width, in its order.

REAL is the type of the numbers, vec a vector of LANES of them. A layer's rows are read and written by whole vectors,
padding included. Padding of weights, thresholds, outputs and gradients is 0 and stays 0: every product with it is 0.
Vectors always run over outputs j (for (11) over h), so that no sum is reordered. */

/* The equations ---------------------------------------------------------------------------------------------------- */

/* e_j = exp(z_j - max z) of PARTS numbers, in binary64 */
INLINE wide N(exponentials)(const REAL *z, double largest)
{
    return N(exp)(N(widen)(N(load_part)(z)) - largest);
}

/* max z, and *s = sum_j e_j in the order of j, in binary64 */
RARE double N(exponential_sum)(const REAL *z, int64_t n, double *s)
{
    double largest = -INFINITY;
    for (int64_t j = 0; j < n; j++)
        largest = z[j] > largest ? z[j] : largest;
    *s = 0;
    for (int64_t j = 0; j < n; j += PARTS) {
        const wide e = N(exponentials)(z + j, largest);
        for (int64_t i = 0; i < LESSER(n - j, PARTS); i++)
            *s = *s + N(lane)(e, i);
    }
    return largest;
}

/* y_hat_j = e_j / s in place of z_j */
RARE void N(softmax)(REAL *z, int64_t n)
{
    double s;
    const double largest = N(exponential_sum)(z, n, &s);
    for (int64_t j = 0; j < n; j += PARTS)
        N(store_part)(z + j, N(narrow)(N(exponentials)(z + j, largest) / s));
    if (n % LANES) {
        REAL *last = z + n / LANES * LANES;
        N(store)(last, N(keep)(N(load)(last), n % LANES));
    }
}

INLINE wide N(positive)(wide z)
{
    wide zero = {0};
    return N(choose)(IS(z > 0.0), z, zero);
}

/* log(1 + exp(-|z|)) */
INLINE wide N(log_1_exp)(wide z)
{
    return N(log)(1.0 + N(exp)(N(as_wide)(N(as_bits)(z) | 0x8000000000000000u)));
}

/* (1)  E_k = 1/2 sum_j (y_hat_j - y_j)**2, and the errors of the other losses; z: what the output's f sees, which only
   the cross-entropies read, in binary64 */
RARE REAL N(error)(int loss, const REAL *y_hat, const REAL *y, const REAL *z, int64_t l)
{
    REAL total = 0;
    if (loss == BP_CROSS_ENTROPY) {
        double sum = 0;
        for (int64_t j = 0; j < l; j += PARTS) {
            const wide z_j = N(widen)(N(load_part)(z + j)), m = N(positive)(z_j), log = N(log_1_exp)(z_j);
            for (int64_t i = 0; i < LESSER(l - j, PARTS); i++)
                sum = sum + ((N(lane)(m, i) - (double)z[j + i] * (double)y[j + i]) + N(lane)(log, i));
        }
        return (REAL)sum;
    }
    if (loss == BP_SOFTMAX_CROSS_ENTROPY) {
        double s, sum = 0;
        const double largest = N(exponential_sum)(z, l, &s);
        wide log_s = {0};
        log_s = N(log)(log_s + s);
        for (int64_t j = 0; j < l; j++)
            if (y[j] != 0)
                sum = sum + (double)y[j] * (N(lane)(log_s, 0) - ((double)z[j] - largest));
        return (REAL)sum;
    }
    for (int64_t j = 0; j < l; j++) {
        const REAL r = y_hat[j] - y[j], size = r < 0 ? -r : r;
        if (loss == BP_ABSOLUTE)
            total = total + size;
        else if (loss == BP_HUBER)
            total = total + (size <= 1 ? ((REAL)0.5 * r) * r : size - (REAL)0.5);
        else
            total = total + r * r;
    }
    return loss == BP_SQUARED_ERROR ? (REAL)0.5 * total : total;
}

/* A walk down the rows of weights, C vectors of each, that updates: w_hj += eta (g_j b_h), where scales is 0 without eta;
   and sums: beta_j = sum_h w_hj b_next_h, with the weights as they are then. index lists the n rows to visit, NULL: all.
   Meanwhile b_after, which follows b_next, comes near. */
INLINE void N(walk)(const int C, const int updates, const int scales, const int sums, REAL *w, int64_t stride, REAL eta,
                    const REAL *g, const REAL *b, const REAL *b_next, const REAL *b_after, int64_t n,
                    const int32_t *index, REAL *beta)
{
    vec g_j[WALK_VECS], total[WALK_VECS];
    EACH(c, C) {
        g_j[c] = updates ? N(load)(g + c * LANES) : N(zero)();
        total[c] = N(zero)();
    }
    for (int64_t i = 0, end = n; i < n;) {
        if (b_after) {
            PREFETCH(b_after + i);
            end = LESSER(i + 64 / (int64_t)sizeof(REAL), n);
        }
        UNROLL_2 for (; i < end; i++) {
            const int64_t h = index ? index[i] : i;
            EACH(c, C) {
                REAL *w_h = w + h * stride + c * LANES;
                vec w_hj = N(load)(w_h);
                if (updates) {
                    const vec product = g_j[c] * b[h];
                    w_hj = w_hj + (scales ? eta * product : product);
                    N(store)(w_h, w_hj);
                }
                if (sums)
                    total[c] = total[c] + w_hj * b_next[h];
            }
        }
    }
    if (sums)
        EACH(c, C)
            N(store)(beta + c * LANES, total[c]);
}

/* beta_j = sum_h w_hj b_h for every j, in the order of h: of all n, or of the n that index lists */
FAST void N(signal)(const REAL *w, int64_t stride, const REAL *b, int64_t n, const int32_t *index, int64_t n_out,
                      REAL *beta)
{
    BLOCKS(n_out, N(walk), 0, 0, 1, (REAL *)w + j, stride, 0, NULL, NULL, b, NULL, n, index, beta + j)
}

INLINE wide N(elu)(wide z) { return N(choose)(IS(z > 0.0), z, N(exp)(z) - 1.0); }
INLINE wide N(softplus)(wide z) { return N(positive)(z) + N(log_1_exp)(z); }

/* (2)  y_hat_j = f(z_j), z_j = beta_j - theta_j; y_hat may be beta; z is kept where it has a place other than y_hat */
FAST void N(output)(int activation, const REAL *beta, const REAL *theta, int64_t n, REAL *z, REAL *y_hat)
{
#define Z(load, j) (load(beta + (j)) - load(theta + (j)))
#define Z_WIDE(j) N(widen)(Z(N(load_part), j))
#define ALL(f) \
    for (; j < n; j += LANES) { \
        const vec z_j = Z(N(load), j); \
        N(store)(y_hat + j, f); \
    }
#define EACH_WIDE(f) \
    for (; j < n; j += PARTS) \
        N(store_part)(y_hat + j, N(narrow)(f(Z_WIDE(j))));
    int64_t j = 0;
    if (z != y_hat)
        for (int64_t k = 0; k < n; k += LANES)
            N(store)(z + k, Z(N(load), k));
    switch (activation) {
    case BP_SIGMOID:
        for (; j + PARTS < n; j += 2 * PARTS) { /* two at a time: alone, one waits for itself */
            wide a = Z_WIDE(j), b = Z_WIDE(j + PARTS);
            if (UNLIKELY(N(any)(N(is_far)(a) | N(is_far)(b))))
                a = N(sigmoid_far)(a), b = N(sigmoid_far)(b);
            else
                a = N(sigmoid_near)(a), b = N(sigmoid_near)(b);
            N(store_part)(y_hat + j, N(narrow)(a));
            N(store_part)(y_hat + j + PARTS, N(narrow)(b));
        }
        EACH_WIDE(N(sigmoid))
        break;
    case BP_TANH: EACH_WIDE(N(tanh)) break;
    case BP_RELU: ALL(WHERE(z_j > 0, z_j, N(zero)())) break;
    case BP_LEAKY_RELU: ALL(WHERE(z_j > 0, z_j, LEAK * z_j)) break;
    case BP_ELU: EACH_WIDE(N(elu)) break;
    case BP_SOFTPLUS: EACH_WIDE(N(softplus)) break;
    default: ALL(z_j) break; /* softmax goes on from there, with whole rows */
    }
#undef Z
#undef Z_WIDE
#undef ALL
#undef EACH_WIDE
    if (n % LANES) {
        REAL *last = y_hat + n / LANES * LANES;
        N(store)(last, N(keep)(N(load)(last), n % LANES));
    }
}

/* sigmoid(z), rounded once */
RARE vec N(softplus_slope)(const REAL *z)
{
    REAL slope[64 / sizeof(REAL)];
    for (int64_t j = 0; j < LANES; j += PARTS)
        N(store_part)(slope + j, N(narrow)(N(sigmoid)(N(widen)(N(load_part)(z + j)))));
    return N(load)(slope);
}

/* (3), (4)  f' = f (1 - f), and the slopes of the other activations in terms of f, or of z (softplus) */
INLINE vec N(slope)(int activation, vec f, const REAL *z)
{
    const vec one = N(zero)() + 1;
    switch (activation) {
    case BP_SIGMOID: return f * (1 - f);
    case BP_TANH: return 1 - f * f;
    case BP_RELU: return WHERE(f > 0, one, N(zero)());
    case BP_LEAKY_RELU: return WHERE(f > 0, one, LEAK * one);
    case BP_ELU: return WHERE(f > 0, one, f + 1);
    case BP_SOFTPLUS: return N(softplus_slope)(z);
    default: return one;
    }
}

/* -dE_k/dy_hat_j: y_j - y_hat_j, its sign, or cut at -1 and 1 */
INLINE vec N(difference)(int loss, vec y_hat, vec y)
{
    const vec r = y - y_hat, zero = N(zero)(), one = zero + 1;
    switch (loss) {
    case BP_ABSOLUTE: return WHERE(r > 0, one, WHERE(r < 0, -one, zero));
    case BP_HUBER: return WHERE(r > 1, one, WHERE(r < -1, -one, r));
    default: return r;
    }
}

/* (6)  g_j = y_hat_j (1 - y_hat_j) (y_j - y_hat_j), times the sample's weight s; y ends before y_end */
FAST void N(output_gradient)(int activation, int loss, const REAL *y_hat, const REAL *y, const REAL *z, REAL s,
                               int64_t n, const REAL *y_end, REAL *g)
{
    const int is_gradient = loss == BP_CROSS_ENTROPY || loss == BP_SOFTMAX_CROSS_ENTROPY;
    for (int64_t j = 0; j < n; j += LANES) {
        REAL copy[64 / sizeof(REAL)] = {0};
        const REAL *y_j = y + j;
        if (y_end - y_j < LANES) {
            memcpy(copy, y_j, (size_t)(n - j) * sizeof(REAL));
            y_j = copy;
        }
        const vec f = N(load)(y_hat + j), r = N(difference)(loss, f, N(keep)(N(load)(y_j), n - j));
        N(store)(g + j, s * (is_gradient ? r : N(slope)(activation, f, z + j) * r));
    }
}

/* (11)  e_h = b_h (1 - b_h) total_h;  in place if e is total */
FAST void N(hidden_slope)(int activation, const REAL *b, const REAL *z, const REAL *total, int64_t n, REAL *e)
{
    for (int64_t h = 0; h < n; h += LANES)
        N(store)(e + h, N(slope)(activation, N(load)(b + h), z + h) * N(load)(total + h));
}

/* (11)  e_h = b_h (1 - b_h) sum_j w_hj g_j for every h, with the weights turned: back[j][h] = w_hj */
FAST void N(hidden_gradient)(int activation, const REAL *b, const REAL *z, const REAL *back, int64_t back_stride,
                               const REAL *g, int64_t n_in, int64_t n_out, REAL *e)
{
    N(signal)(back, back_stride, g, n_out, NULL, n_in, e);
    N(hidden_slope)(activation, b, z, e, n_in, e);
}

/* w_hj += eta (g_j b_h) for the n rows h that index lists, NULL: all */
FAST void N(add_outer)(REAL *w, int64_t stride, REAL eta, const REAL *g, const REAL *b, int64_t n, int64_t n_out,
                         const int32_t *index)
{
    if (eta == 1)
        BLOCKS(n_out, N(walk), 1, 0, 0, w + j, stride, 1, g + j, b, NULL, NULL, n, index, NULL)
    else
        BLOCKS(n_out, N(walk), 1, 1, 0, w + j, stride, eta, g + j, b, NULL, NULL, n, index, NULL)
}

/* w_hj += eta (g_j b_h), and with these weights the next sample's beta_j = sum_h w_hj b_h, in one walk over memory */
FAST void N(update_signal)(REAL *w, int64_t stride, REAL eta, const REAL *g, const REAL *b, const REAL *b_next,
                             const REAL *b_after, int64_t n, int64_t n_out, REAL *beta)
{
    if (eta == 1)
        BLOCKS(n_out, N(walk), 1, 0, 1, w + j, stride, 1, g + j, b, b_next, b_after, n, NULL, beta + j)
    else
        BLOCKS(n_out, N(walk), 1, 1, 1, w + j, stride, eta, g + j, b, b_next, b_after, n, NULL, beta + j)
}

/* (8), (10)  Delta theta_j = -eta g_j */
INLINE void N(update_thresholds)(const bp_layer *layer, REAL *parameters, REAL eta, const REAL *g)
{
    REAL *theta = parameters + layer->offset + layer->n_in * layer->stride;
    for (int64_t j = 0; j < layer->n_out; j += LANES)
        N(store)(theta + j, N(load)(theta + j) + N(load)(g + j) * -eta);
}

/* (7), (9)  Delta w_hj = eta g_j b_h, and the thresholds */
FAST void N(update)(const bp_layer *layer, REAL *parameters, REAL eta, const REAL *b, const REAL *g)
{
    N(add_outer)(parameters + layer->offset, layer->stride, eta, g, b, layer->n_in, layer->n_out, NULL);
    N(update_thresholds)(layer, parameters, eta, g);
}

/* The weights of a layer turned for (11), back[j][h] = w_hj: the columns from <= h < to, in blocks of a cache line, and
   the padding behind the last of them, in which an epoch that failed may have left NaN. */
FAST void N(turn)(const bp_layer *layer, int64_t panel, const REAL *parameters, REAL *back, int64_t from, int64_t to)
{
    const int64_t line = 64 / (int64_t)sizeof(REAL), end = to == layer->n_in ? layer->back_stride : to;
    PANELS(layer, panel, 0, layer->n_out)
        for (int64_t h = from; h < end; h += line) {
            int64_t j = 0;
            const REAL *w = parameters + PLACE(layer, h);
            REAL *back_j = back + layer->back + c * layer->back_stride + h;
#if BYTES && defined(X86) && SINGLE /* 4 x 4 numbers at once */
            for (; h + line <= to && j + 4 <= columns; j += 4)
                for (int64_t i = 0; i < line; i += 4) {
                    __m128 rows[4];
                    for (int64_t k = 0; k < 4; k++)
                        rows[k] = _mm_loadu_ps(w + (i + k) * stride + j);
                    _MM_TRANSPOSE4_PS(rows[0], rows[1], rows[2], rows[3]);
                    for (int64_t k = 0; k < 4; k++)
                        _mm_storeu_ps(back_j + (j + k) * layer->back_stride + i, rows[k]);
                }
#endif
            for (; j < columns; j++)
                for (int64_t i = 0; i < line; i++)
                    back_j[j * layer->back_stride + i] = h + i < to ? w[i * stride + j] : 0;
        }
}

/* The signals into each layer but the first, whose signals are there, z where it has a place other than the outputs, and
   the outputs b, ..., y_hat (rows of all layers). */
FAST void N(forward)(const bp_net *net, const REAL *parameters, REAL *signals, REAL *z, REAL *outputs)
{
    for (int64_t n = 0; n < net->n_layers; n++) {
        const bp_layer *layer = net->layers + n;
        const REAL *w = parameters + layer->offset;
        if (n)
            N(signal)(w, layer->stride, outputs + layer[-1].column, layer->n_in, NULL, layer->n_out,
                      signals + layer->column);
        N(output)(layer->activation, signals + layer->column, w + layer->n_in * layer->stride, layer->n_out,
                  z + layer->column, outputs + layer->column);
        if (layer->activation == BP_SOFTMAX)
            N(softmax)(outputs + layer->column, layer->n_out);
    }
}

/* The gradients e, ..., g of each layer, all with the weights from before the update. */
FAST void N(backward)(const bp_net *net, const REAL *back, const REAL *z, const REAL *outputs, const REAL *y, REAL s,
                        const REAL *y_end, REAL *gradients)
{
    const bp_layer *layer = net->layers + net->n_layers - 1;
    N(output_gradient)(layer->activation, net->loss, outputs + layer->column, y, z + layer->column, s, layer->n_out,
                       y_end, gradients + layer->column);
    for (; layer > net->layers; layer--)
        N(hidden_gradient)(layer[-1].activation, outputs + layer[-1].column, z + layer[-1].column, back + layer->back,
                           layer->back_stride, gradients + layer->column, layer->n_in, layer->n_out,
                           gradients + layer[-1].column);
}

/* Training --------------------------------------------------------------------------------------------------------- */

/* The places of the numbers in x that are not 0. index has room for INDEX_SPARE more. */
FAST int64_t N(nonzeros)(const REAL *x, int64_t d, int32_t *index)
{
    int64_t n = 0, i = 0;
#if BYTES == 64
    __m512i place = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; i + 16 <= d; i += 16) {
#if SINGLE
        const unsigned some = _mm512_cmpneq_ps_mask(_mm512_loadu_ps(x + i), _mm512_setzero_ps());
#else
        const unsigned some = _mm512_cmpneq_pd_mask(_mm512_loadu_pd(x + i), _mm512_setzero_pd()) |
                              (unsigned)_mm512_cmpneq_pd_mask(_mm512_loadu_pd(x + i + 8), _mm512_setzero_pd()) << 8;
#endif
        _mm512_storeu_si512(index + n, _mm512_maskz_compress_epi32((__mmask16)some, place));
        n += __builtin_popcount(some);
        place = _mm512_add_epi32(place, _mm512_set1_epi32(16));
    }
#endif
    for (; i < d; i++) {
        index[n] = (int32_t)i;
        n += x[i] != 0;
    }
    return n;
}

/* Whether each of n numbers is 0, or neither small nor large: its product with another, and with a power of two, is then
   rounded as if no exponent had an end. */
FAST int N(moderate)(const REAL *x, int64_t n)
{
    const vec one = N(zero)() + 1;
    vec least = one, most = one;
    REAL ends[2][64 / sizeof(REAL)];
    int64_t i = 0;
    int moderate = 1;
#define SIZE(x) WHERE(x > 0, x, WHERE(x < 0, -x, one))
    for (; i + LANES <= n; i += LANES) {
        const vec x_i = N(load)(x + i), size = SIZE(x_i);
        least = WHERE(size < least, size, least);
        most = WHERE(size > most, size, most);
    }
#undef SIZE
    N(store)(ends[0], least);
    N(store)(ends[1], most);
    for (int64_t c = 0; c < LANES; c++)
        moderate &= ends[0][c] >= 0x1p-40 && ends[1][c] <= 0x1p40;
    for (; i < n; i++)
        moderate &= x[i] == 0 || (fabs((double)x[i]) >= 0x1p-40 && fabs((double)x[i]) <= 0x1p40);
    return moderate;
}

/* Standard BP on the samples order[from .. to): an update after every one. Adds their E_k to run->total. Where eta is a
   power of two, eta (g_j b_h) is (eta g_j) b_h to the last bit, with half the products, unless a number is extreme. */
FAST void N(standard)(const bp_net *net, void *parameters_, bp_run *run, const work *work, int64_t from, int64_t to,
                      int64_t epochs)
{
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
        N(turn)(net->layers + n, net->layers[n].stride, parameters, back, 0, net->layers[n].n_in);
    const REAL *x = X + work->order[from] * d;
    int64_t inputs = index ? N(nonzeros)(x, d, index) : d;
    N(signal)(parameters, first->stride, x, inputs, index, q, outputs);
    for (int64_t t = from; t < to; t++) {
        const REAL *y = Y + work->order[t] * l, *x_next = t + 1 < to ? X + work->order[t + 1] * d : NULL;
        const REAL *x_after = X + work->order[LESSER(t + 2, to - 1)] * d, s = weights ? weights[work->order[t]] : 1;
        if (index)
            for (int64_t i = 0; i < d; i += 64 / (int64_t)sizeof(REAL))
                PREFETCH(x_after + i);
        N(forward)(net, parameters, outputs, z, outputs);
        run->total += (double)(s * N(error)(net->loss, outputs + last->column, y, z + last->column, l));
        N(backward)(net, back, z, outputs, y, s, Y_end, gradients);
        for (int64_t n = 1; n < net->n_layers; n++) {
            const bp_layer *layer = net->layers + n;
            const REAL *b = outputs + layer[-1].column, *g = gradients + layer->column;
            N(update)(layer, parameters, eta, b, g);
            N(add_outer)(back + layer->back, layer->back_stride, eta, b, g, layer->n_out, layer->n_in, NULL);
        }
        N(update_thresholds)(first, parameters, eta, gradients);
        REAL rate = eta;
        if (is_power && !index && N(moderate)(gradients, q) && N(moderate)(x, d)) {
            for (int64_t h = 0; h < q; h += LANES)
                N(store)(gradients + h, eta * N(load)(gradients + h));
            rate = 1;
        }
        if (x_next && !index)
            N(update_signal)(parameters, first->stride, rate, gradients, x, x_next, x_after, d, q, outputs);
        else
            N(add_outer)(parameters, first->stride, rate, gradients, x, inputs, q, index);
        if (x_next && index) {
            inputs = N(nonzeros)(x_next, d, index);
            N(signal)(parameters, first->stride, x_next, inputs, index, q, outputs);
        }
        x = x_next;
    }
}

#if BYTES && !SINGLE
/* The same for a net of two layers of sigmoids with at most D inputs, LANES hidden neurons and L outputs, with all of
   its parameters in registers; in more than one epoch, each with its own part of `order`. Sums begin with their first
   term: that may be -0 where 0 + it is 0, which no sigmoid and no update can tell. */
INLINE void N(tiny_body)(const int D, const int L, const bp_net *net, REAL *parameters, bp_run *run, const work *work,
                         int64_t from, int64_t to, int64_t epochs)
{
    const bp_layer *hidden = net->layers, *last = net->layers + 1;
    const int64_t d = hidden->n_in, q = hidden->n_out, l = last->n_out;
    const REAL *X = run->X, *Y = run->Y;
    REAL *V = parameters, *W = parameters + last->offset;
    vec v[4], gamma = N(load)(V + d * hidden->stride), w[BYTES / 8], back[BYTES / 8], theta = N(load)(W + q * last->stride);
    EACH(i, D)
        v[i] = i < d ? N(load)(V + i * hidden->stride) : N(zero)();
    EACH(h, LANES)
        w[h] = h < q ? N(load)(W + h * last->stride) : N(zero)();
    EACH(j, L)
        EACH(h, LANES)
            back[j][h] = w[h][j];
    double sum = run->total;
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        const REAL eta = run->etas[run->done + epoch];
        const uint32_t *order = work->order + epoch * run->m;
        if (epoch)
            sum = run->carried;
        for (int64_t t = from; t < to; t++) {
            const REAL *x = X + order[t] * d, *y_k = Y + order[t] * l;
            REAL x_i[4];
            vec y = N(zero)();
            EACH(i, D)
                x_i[i] = i < d ? x[i] : 0;
            EACH(j, L)
                y[j] = j < l ? y_k[j] : 0;

            vec alpha = v[0] * x_i[0];
            for (int i = 1; i < D; i++)
                alpha = alpha + v[i] * x_i[i];
            const vec b = N(keep)(N(sigmoid)(alpha - gamma), q);
            vec beta = w[0] * b[0];
            for (int h = 1; h < LANES; h++)
                beta = beta + w[h] * b[h];
            const vec y_hat = N(keep)(N(sigmoid)(beta - theta), l), difference = y_hat - y;
            REAL E = difference[0] * difference[0];
            for (int j = 1; j < L; j++)
                E = E + difference[j] * difference[j];
            sum += 0.5 * E;

            const vec g = N(slope)(BP_SIGMOID, y_hat, NULL) * (y - y_hat);
            vec e = back[0] * g[0];
            for (int j = 1; j < L; j++)
                e = e + back[j] * g[j];
            e = N(slope)(BP_SIGMOID, b, NULL) * e;
            EACH(i, D)
                v[i] = v[i] + eta * (e * x_i[i]);
            gamma = gamma + e * -eta;
            EACH(h, LANES)
                w[h] = w[h] + eta * (g * b[h]);
            EACH(j, L)
                back[j] = back[j] + eta * (b * g[j]);
            theta = theta + g * -eta;
        }
        run->errors[run->done + epoch] = sum / (double)run->m; /* of a whole epoch */
    }
    run->total = sum;
    for (int i = 0; i < D && i < d; i++)
        N(store)(V + i * hidden->stride, v[i]);
    N(store)(V + d * hidden->stride, gamma);
    for (int h = 0; h < LANES && h < q; h++)
        N(store)(W + h * last->stride, w[h]);
    N(store)(W + q * last->stride, theta);
}

FAST void N(tiny)(const bp_net *net, void *parameters, bp_run *run, const work *work, int64_t from, int64_t to,
                  int64_t epochs)
{
    if (net->layers->n_in <= (BYTES == 16 ? 2 : 4) && net->layers[1].n_out == 1)
        N(tiny_body)(BYTES == 16 ? 2 : 4, 1, net, parameters, run, work, from, to, epochs);
    else
        N(tiny_body)(4, LANES, net, parameters, run, work, from, to, epochs);
}
#endif

/* total[r][c] += row_c b_r for the R numbers b_r and C vectors of a row, of which the fewer stay in registers */
#define ADD_PRODUCTS(R, C, row, b_r) \
    if (R > 2 * C) { \
        vec row_c[TILE_VECS]; \
        EACH(c, C) \
            row_c[c] = N(load)(row + c * LANES); \
        EACH(r, R) \
            EACH(c, C) \
                total[r][c] = total[r][c] + row_c[c] * b_r; \
    } else \
        EACH(c, C) { \
            const vec row_c = N(load)(row + c * LANES); \
            EACH(r, R) \
                total[r][c] = total[r][c] + row_c * b_r; \
        }

/* A tile of `signals`: R samples, C vectors, the inputs from <= k < to. */
INLINE void N(signals_tile)(const int R, const int C, const REAL *w, int64_t stride, const REAL *const *b, int64_t from,
                            int64_t to, REAL *beta, int64_t step)
{
    vec total[TILE_ROWS][TILE_VECS];
    EACH(r, R)
        EACH(c, C)
            total[r][c] = from ? N(load)(beta + r * step + c * LANES) : N(zero)();
    UNROLL_2 for (int64_t k = from; k < to; k++)
        ADD_PRODUCTS(R, C, w + k * stride, b[r][k])
    EACH(r, R)
        EACH(c, C)
            N(store)(beta + r * step + c * LANES, total[r][c]);
}

/* `signal` for the samples s0 <= s < s1. b: their rows of inputs; beta: rows of `step` */
FAST void N(signals)(const REAL *w, int64_t stride, const REAL *const *b, int64_t n_in, int64_t s0, int64_t s1,
                       int64_t n_out, REAL *beta, int64_t step)
{
    for (int64_t c = 0, C; c < n_out; c += C * LANES) {
        C = TILE_C(VECS(n_out - c));
        for (int64_t k = 0; k < n_in; k += TILE_DEPTH)
            for (int64_t s = s0, R; s < s1; s += R) {
                R = TILE_R(s1 - s, C);
                TILE(N(signals_tile), R, C, w + c, stride, b + s, k, LESSER(k + TILE_DEPTH, n_in), beta + s * step + c,
                     step);
            }
    }
}

/* What an update of a batch does with each parameter: the optimizer of microbp/optimizers.py in the net's precision. */
typedef struct {
    int plain, optimizer, decoupled, first, exact; /* plain: w += rate total and nothing else; exact: D = total inverse */
    REAL rate, m, inverse, scale, decay, shrink, k[4], rest[2], c;
    REAL *w, *u, *v;  /* the parameters, and what is remembered of them */
    const REAL *free;
} N(rule);

RARE N(rule) N(rule_of)(const bp_run *run, REAL *parameters, int64_t m)
{
    double eta = run->plain ? run->eta / (double)m : run->eta;
    N(rule) o = {0};
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

/* D = total / m */
INLINE vec N(mean)(const N(rule) *o, vec total) { return o->exact ? total * o->inverse : total / o->m; }

/* The update of n parameters from their totals. */
FAST void N(optimise)(const N(rule) *o, REAL *w_, const REAL *total, int64_t n)
{
    const int64_t at = w_ - o->w;
    const vec zero = N(zero)();
    for (int64_t j = 0; j < n; j += LANES) {
        const vec w_before = N(load)(w_ + j), u_before = o->u ? N(load)(o->u + at + j) : zero;
        const vec v_before = o->v ? N(load)(o->v + at + j) : zero;
        vec w = w_before, D = N(mean)(o, N(load)(total + j)) * o->scale, u = u_before, v = v_before;
        if (o->decay != 0 && o->decoupled)
            w = w - o->shrink * w;
        else if (o->decay != 0)
            D = D - o->decay * w;
        switch (o->optimizer) {
        case BP_DESCENT:
            w = w + o->rate * D;
            break;
        case BP_MOMENTUM:
            u = o->k[0] * u + D;
            w = w + o->rate * u;
            break;
        case BP_NESTEROV:
            u = o->k[0] * u + D;
            w = w + o->rate * (D + o->k[0] * u);
            break;
        case BP_RMSPROP:
            u = o->k[0] * u + o->rest[0] * (D * D);
            w = w + (o->rate * D) / (N(root)(u) + o->k[1]);
            break;
        case BP_ADAM:
            u = o->k[0] * u + o->rest[0] * D;
            v = o->k[1] * v + o->rest[1] * (D * D);
            w = w + (o->rate * u) / (N(root)(v) / o->c + o->k[2]);
            break;
        case BP_RPROP: {
            if (o->first)
                v = N(keep)(zero + o->rate, n - j);
            const vec plus = v * o->k[0], minus = v * o->k[1];
            const vec more = WHERE(plus < o->k[3], plus, zero + o->k[3]);
            const vec less = WHERE(minus > o->k[2], minus, zero + o->k[2]);
            const vec up = WHERE(u > 0, D, WHERE(u < 0, -D, zero)); /* > 0 where the signs are the same, < 0 where not */
            v = WHERE(up > 0, more, WHERE(up < 0, less, v));
            D = WHERE(up < 0, zero, D);
            w = WHERE(D > 0, w + v, WHERE(D < 0, w - v, w));
            u = N(keep)(D, n - j); /* an infinite b_h makes NaN of the padding */
        }
        }
        if (o->free) {
            const vec free = N(load)(o->free + at + j);
            w = WHERE(free != 0, w, w_before);
            u = WHERE(free != 0, u, u_before);
            v = WHERE(free != 0, v, v_before);
        }
        N(store)(w_ + j, w);
        if (o->u)
            N(store)(o->u + at + j, u);
        if (o->v)
            N(store)(o->v + at + j, v);
    }
}

/* Where the length of all D together is greater than clip: clip / length, else 1. The sum runs over all parameters in
   their order, in binary64. */
RARE REAL N(clip_scale)(const bp_net *net, const bp_run *run, const N(rule) *o, const REAL *sums)
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

/* A tile of `updates`: the R rows from h on, C vectors of n_out numbers and padding. */
INLINE void N(updates_tile)(const int R, const int C, REAL *w, int64_t stride, const N(rule) *rule, int64_t n_out,
                            const REAL *g, int64_t step, const REAL *const *b, int64_t h, const uint16_t *visits,
                            int64_t n, REAL *sums, int first, int last)
{
    vec total[TILE_ROWS][TILE_VECS];
    EACH(r, R)
        EACH(c, C)
            total[r][c] = first ? N(zero)() : N(load)(sums + r * stride + c * LANES);
    UNROLL_2 for (int64_t i = 0; i < n; i++) {
        const int64_t k = R == 1 && visits ? visits[i] : i;
        ADD_PRODUCTS(R, C, g + k * step, b[k][h + r])
    }
    if (last && rule->plain) {
        EACH(r, R)
            EACH(c, C) {
                REAL *w_h = w + r * stride + c * LANES;
                N(store)(w_h, N(load)(w_h) + rule->rate * total[r][c]);
            }
        return;
    }
    REAL totals[TILE_ROWS * TILE_VECS * LANES_MOST], *row = last ? totals : sums;
    const int64_t row_step = last ? C * LANES : stride;
    EACH(r, R)
        EACH(c, C)
            N(store)(row + r * row_step + c * LANES, total[r][c]);
    for (int r = 0; last && r < R; r++)
        N(optimise)(rule, w + r * stride, totals + r * row_step, LESSER(n_out, C * LANES));
}

/* w_hj += rate sum_k g_j b_h, or what the rule says, for the rows h0 <= h < h1. b, g: the samples' rows; visits lists, for
   each row h, the counts[h] samples whose b_h is not 0, NULL: it is not known. first, last: whether they are the first and
   the last of their batch; sums holds the sum between. */
FAST void N(updates)(REAL *w, int64_t stride, const N(rule) *rule, const REAL *g, int64_t step, const REAL *const *b,
                       int64_t samples, const uint16_t *visits, const int32_t *counts, int64_t chunk, int64_t h0,
                       int64_t h1, int64_t n_out, REAL *sums, int first, int last)
{
    for (int64_t c = 0, C; c < n_out; c += C * LANES) {
        C = TILE_C(VECS(n_out - c));
        for (int64_t h = h0, R; h < h1; h += R) {
            const int64_t at = h * stride + c;
            R = visits ? 1 : TILE_R(h1 - h, C);
            if (visits && !counts[h] && first && last && rule->plain)
                continue;
            TILE(N(updates_tile), R, C, w + at, stride, rule, n_out - c, g + c, step, b, h,
                 visits ? visits + h * chunk : NULL, visits ? counts[h] : samples, sums + at, first, last);
        }
    }
}

/* How many of n ascending numbers are less than h. */
RARE int64_t N(place)(const int32_t *index, int64_t n, int64_t h)
{
    int64_t from = 0;
    while (from < n) {
        const int64_t middle = (from + n) / 2;
        if (index[middle] < h)
            from = middle + 1;
        else
            n = middle;
    }
    return from;
}

/* The samples of each input h0 <= h < h1 that is not 0, from the inputs of each sample. */
FAST void N(list_visits)(const work *work, int64_t samples, int64_t d, int64_t h0, int64_t h1)
{
    memset(work->visit_counts + h0, 0, (size_t)(h1 - h0) * sizeof *work->visit_counts);
    for (int64_t s = 0; s < samples; s++) {
        const int32_t *index = work->index + s * (d + INDEX_SPARE);
        const int64_t end = N(place)(index, work->counts[s], h1);
        for (int64_t i = N(place)(index, end, h0); i < end; i++) {
            const int64_t h = index[i];
            work->visits[h * work->chunk + work->visit_counts[h]++] = (uint16_t)s;
        }
    }
}

/* What a thread does of a layer: columns where it has enough of them, else rows (samples, or inputs for an update). */
typedef struct { int64_t s0, s1, h0, h1, c0, c1; } N(share);

FAST N(share) N(share_of)(int64_t samples, int64_t n_in, int64_t n_out, int64_t panel, int rank, int count)
{
    N(share) share = {0, samples, 0, n_in, 0, n_out};
    if (by_columns(n_out, count))
        divide(n_out, panel, rank, count, &share.c0, &share.c1);
    else {
        divide(samples, TILE_ROWS, rank, count, &share.s0, &share.s1);
        divide(n_in, TILE_ROWS, rank, count, &share.h0, &share.h1);
    }
    return share;
}

/* Dropout: b_h times kept_h, and f' kept_h, which (11) will need, in place of kept_h */
RARE void N(drop)(int activation, const REAL *z, int64_t n, REAL *b, REAL *kept)
{
    for (int64_t h = 0; h < n; h += LANES) {
        const vec f = N(load)(b + h), kept_h = N(load)(kept + h);
        N(store)(b + h, f * kept_h);
        N(store)(kept + h, N(slope)(activation, f, z + h) * kept_h);
    }
}

/* 0 or 1 / (1 - rate) for each neuron of each hidden layer and each of the samples; see `keep` in bp.py */
RARE void N(draw)(const bp_net *net, bp_run *run, const work *work, int64_t samples)
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
RARE void N(forward_chunk)(const bp_net *net, const REAL *parameters, const bp_run *run, const work *work,
                             int64_t samples, int sparse, team *team, int rank)
{
    const int count = team->count;
    const int64_t chunk = work->chunk;
    for (int64_t n = 0; n < net->n_layers; n++) {
        const bp_layer *layer = net->layers + n;
        const int64_t panel = panel_of(net, layer, run);
        const REAL *const *b = (const REAL *const *)work->rows + n * chunk;
        REAL *beta = (REAL *)work->outputs + chunk * layer->column, *z = (REAL *)work->signals + chunk * layer->column;
        REAL *kept = work->factors && n < net->n_layers - 1 ? (REAL *)work->factors + chunk * layer->column : NULL;
        const N(share) share = N(share_of)(samples, layer->n_in, layer->n_out, panel, rank, count);
        PANELS(layer, panel, share.c0, share.c1) {
            const REAL *w = parameters + PLACE(layer, 0);
            if (n == 0 && sparse)
                for (int64_t s = share.s0; s < share.s1; s++)
                    N(signal)(w, stride, b[s], work->counts[s], work->index + s * (layer->n_in + INDEX_SPARE), columns,
                              beta + s * layer->stride + c);
            else
                N(signals)(w, stride, b, layer->n_in, share.s0, share.s1, columns, beta + c, layer->stride);
            for (int64_t s = share.s0; s < share.s1; s++) {
                const int64_t at = s * layer->stride + c;
                N(output)(layer->activation, beta + at, w + layer->n_in * stride, columns, z + at, beta + at);
                if (kept)
                    N(drop)(layer->activation, z + at, columns, beta + at, kept + at);
            }
        }
        barrier(team);
        if (layer->activation == BP_SOFTMAX) {
            int64_t s0, s1;
            divide(samples, 1, rank, count, &s0, &s1);
            for (int64_t s = s0; s < s1; s++)
                N(softmax)(beta + s * layer->stride, layer->n_out);
            barrier(team);
        }
    }
}

/* Mini-batch and accumulated BP on the samples order[from .. to), which begin and end at a chunk of a batch. Adds their
   E_k to run->total (thread 0). Every thread of the team calls this with its own rank. */
RARE void N(batches)(const bp_net *net, void *parameters_, bp_run *run, const work *work, int64_t from, int64_t to,
                     team *team, int rank)
{
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
        const int first = from == begin && !run->earlier, last = from + samples == end && !run->more, clips = run->clip > 0;
        N(rule) rules[2] = {N(rule_of)(run, parameters, run->earlier + end - begin)}; /* for weights, and for thresholds */
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
                work->counts[s] = (int32_t)N(nonzeros)(rows[s], d, work->index + s * (d + INDEX_SPARE));
        }
        if (factors && rank == 0)
            N(draw)(net, run, work, samples);
        if (from == begin)
            for (int64_t n = 1; n < net->n_layers; n++) {
                divide(net->layers[n].n_in, 64 / (int64_t)sizeof(REAL), rank, count, &h0, &h1);
                N(turn)(net->layers + n, panel_of(net, net->layers + n, run), parameters, back, h0, h1);
            }
        barrier(team);

        if (run->sparse) {
            divide(d, 16, rank, count, &h0, &h1); /* whole cache lines of counts */
            N(list_visits)(work, samples, d, h0, h1);
        }
        N(forward_chunk)(net, parameters, run, work, samples, run->sparse, team, rank);

        divide(samples, 1, rank, count, &s0, &s1);
        for (int64_t s = s0; s < s1; s++) {
            const int64_t at = chunk * last_layer->column + s * last_layer->stride;
            const REAL *y = Y + work->order[from + s] * l, s_k = weights ? weights[work->order[from + s]] : 1;
            work->errors[s] = (double)(s_k * N(error)(net->loss, outputs + at, y, z + at, l));
            N(output_gradient)(last_layer->activation, net->loss, outputs + at, y, z + at, s_k, l, Y_end, gradients + at);
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
            const N(share) share = N(share_of)(samples, 0, layer->n_in, 64 / (int64_t)sizeof(REAL), rank, count);
            const REAL **g = thresholds + chunk;
            for (int64_t s = 0; s < samples; s++)
                g[rank * chunk + s] = gradients + chunk * layer->column + s * layer->stride;
            N(signals)(back + layer->back + share.c0, layer->back_stride, g + rank * chunk, layer->n_out, share.s0,
                       share.s1, share.c1 - share.c0, e + share.c0, layer->back_stride);
            for (int64_t s = share.s0; s < share.s1; s++) {
                const int64_t at = s * layer->back_stride + share.c0;
                if (factors)
                    for (int64_t h = at; h < at + share.c1 - share.c0; h += LANES)
                        N(store)(e + h, N(load)(factors + start + h) * N(load)(e + h));
                else
                    N(hidden_slope)(layer[-1].activation, outputs + start + at, z + start + at, e + at,
                                    share.c1 - share.c0, e + at);
            }
            barrier(team);
        }

        for (int64_t n = 0; n < net->n_layers; n++) {
            const bp_layer *layer = net->layers + n;
            const REAL *g = gradients + chunk * layer->column;
            const int64_t panel = panel_of(net, layer, run);
            const N(share) share = N(share_of)(0, layer->n_in, layer->n_out, panel, rank, count);
            PANELS(layer, panel, share.c0, share.c1) {
                const int64_t at = PLACE(layer, 0), theta = at + layer->n_in * stride;
                N(updates)(parameters + at, stride, rules, g + c, layer->stride, rows + n * chunk, samples,
                           n == 0 && run->sparse ? work->visits : NULL, work->visit_counts, chunk, share.h0, share.h1,
                           columns, sums + at, first, last && !clips);
                if (share.h1 == layer->n_in && share.h0 < share.h1)
                    N(updates)(parameters + theta, stride, rules + 1, g + c, layer->stride, thresholds, samples, NULL,
                               NULL, chunk, 0, 1, columns, sums + theta, first, last && !clips);
            }
        }
        barrier(team);
        if (last && clips) {
            rules[0].scale = rules[1].scale = N(clip_scale)(net, run, rules, sums);
            for (const bp_layer *layer = net->layers; layer <= last_layer; layer++) {
                divide(layer->n_in + 1, 1, rank, count, &h0, &h1);
                PANELS(layer, panel_of(net, layer, run), 0, layer->n_out)
                    for (int64_t h = h0; h < h1; h++)
                        N(optimise)(rules + (h == layer->n_in), parameters + PLACE(layer, h), sums + PLACE(layer, h),
                                    columns);
            }
            barrier(team);
        }
    }
}

/* The engine: the functions that every engine has ------------------------------------------------------------------ */

RARE double N(step)(const bp_net *net, void *parameters_, const void *x, const void *y, double eta, void *signals,
                      void *outputs, void *gradients, void *scratch)
{
    REAL *parameters = parameters_, *z = (REAL *)scratch + net->back;
    const bp_layer *last = net->layers + net->n_layers - 1;
    for (int64_t n = 1; n < net->n_layers; n++)
        N(turn)(net->layers + n, net->layers[n].stride, parameters, scratch, 0, net->layers[n].n_in);
    N(signal)(parameters, net->layers->stride, x, net->layers->n_in, NULL, net->layers->n_out, signals);
    N(forward)(net, parameters, signals, z, outputs);
    const REAL E = N(error)(net->loss, (REAL *)outputs + last->column, y, z + last->column, last->n_out);
    N(backward)(net, scratch, z, outputs, y, 1, (const REAL *)y + last->n_out, gradients);
    for (int64_t n = 0; n < net->n_layers; n++)
        N(update)(net->layers + n, parameters, (REAL)eta, n ? (REAL *)outputs + net->layers[n - 1].column : x,
                  (REAL *)gradients + net->layers[n].column);
    return (double)E;
}

/* The samples from <= k < to, by one thread with scratch memory of its own. */
RARE void N(predict)(const bp_net *net, const void *parameters, const void *X_, int64_t from, int64_t to, void *Y_hat_,
                       const work *work, int sparse)
{
    const bp_layer *last = net->layers + net->n_layers - 1;
    const int64_t d = net->layers[0].n_in, l = last->n_out, chunk = work->chunk;
    const REAL *X = X_, **rows = (const REAL **)work->rows;
    REAL *Y_hat = Y_hat_, *outputs = work->outputs;
    team alone = {1, 0, 0};
    for (int64_t samples; from < to; from += samples) {
        samples = LESSER(chunk, to - from);
        for (int64_t s = 0; s < samples; s++) {
            rows[s] = X + (from + s) * d;
            for (int64_t n = 1; n < net->n_layers; n++)
                rows[n * chunk + s] = outputs + chunk * net->layers[n - 1].column + s * net->layers[n - 1].stride;
            if (sparse)
                work->counts[s] = (int32_t)N(nonzeros)(rows[s], d, work->index + s * (d + INDEX_SPARE));
        }
        N(forward_chunk)(net, parameters, NULL, work, samples, sparse, &alone, 0);
        for (int64_t s = 0; s < samples; s++)
            memcpy(Y_hat + (from + s) * l, outputs + chunk * last->column + s * last->stride, (size_t)l * sizeof(REAL));
    }
}

FAST void N(predict_row)(const bp_net *net, const void *parameters, const void *x, void *outputs)
{
    N(signal)(parameters, net->layers->stride, x, net->layers->n_in, NULL, net->layers->n_out, outputs);
    N(forward)(net, parameters, outputs, outputs, outputs);
}

/* x - x is 0 for a finite number, else NaN. */
FAST int N(all_finite)(const void *numbers_, int64_t n)
{
    const REAL *numbers = numbers_;
    vec total[4] = {N(zero)(), N(zero)(), N(zero)(), N(zero)()};
    int64_t i = 0;
    REAL parts[64 / sizeof(REAL)], whole = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES)
        for (int c = 0; c < 4; c++) {
            vec x = N(load)(numbers + i + c * LANES);
            total[c] = total[c] + (x - x);
        }
    N(store)(parts, (total[0] + total[1]) + (total[2] + total[3]));
    for (int64_t c = 0; c < LANES; c++)
        whole += parts[c];
    for (; i < n; i++)
        whole += numbers[i] - numbers[i];
    return whole == 0;
}

static const kernels N(kernels) = {N(standard), N(batches), N(step), N(predict), N(predict_row), N(all_finite)};

#undef ADD_PRODUCTS
