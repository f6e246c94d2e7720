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
            end = LESSER(i + LINE, n);
        }
        for (; i < end; i++) {
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

RARE wide N(elu)(wide z) { return N(choose)(IS(z > 0.0), z, N(exp)(z) - 1.0); }
RARE wide N(softplus)(wide z) { return N(positive)(z) + N(log_1_exp)(z); }

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
        for (; j + PARTS < n && !SMALL; j += 2 * PARTS) { /* two at a time: alone, one waits for itself */
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

/* w_hj += eta (g_j b_h) for the n rows h that index lists, NULL: all */
FAST void N(add_outer)(REAL *w, int64_t stride, REAL eta, const REAL *g, const REAL *b, int64_t n, int64_t n_out,
                       const int32_t *index)
{
    BLOCKS(n_out, N(walk), 1, 1, 0, w + j, stride, eta, g + j, b, NULL, NULL, n, index, NULL)
}

/* w_hj += eta (g_j b_h), and with these weights the next sample's beta_j = sum_h w_hj b_h, in one walk over memory */
FAST void N(update_signal)(REAL *w, int64_t stride, REAL eta, const REAL *g, const REAL *b, const REAL *b_next,
                           const REAL *b_after, int64_t n, int64_t n_out, REAL *beta)
{
    if (eta == 1 && !SMALL)
        BLOCKS(n_out, N(walk), 1, 0, 1, w + j, stride, 1, g + j, b, b_next, b_after, n, NULL, beta + j)
    else
        BLOCKS(n_out, N(walk), 1, 1, 1, w + j, stride, eta, g + j, b, b_next, b_after, n, NULL, beta + j)
}

/* (8), (10)  Delta theta_j = -eta g_j */
FAST void N(update_thresholds)(const bp_layer *layer, REAL *parameters, REAL eta, const REAL *g)
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
    const int64_t line = LINE, end = to == layer->n_in ? layer->back_stride : to;
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

/* One sample after the other --------------------------------------------------------------------------------------- */

/* The places of the numbers in x that are not 0. index has room for INDEX_SPARE more. Meanwhile the sample `after` comes
   near. */
FAST int64_t N(nonzeros)(const REAL *x, int64_t d, int32_t *index, const REAL *after)
{
    int64_t n = 0, i = 0;
#if BYTES == 64
    __m512i place = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; i + 16 <= d; i += 16) {
        PREFETCH(after + i);
#if SINGLE
        const unsigned some = _mm512_cmpneq_ps_mask(_mm512_loadu_ps(x + i), _mm512_setzero_ps());
#else
        PREFETCH(after + i + 8);
        const unsigned some = _mm512_cmpneq_pd_mask(_mm512_loadu_pd(x + i), _mm512_setzero_pd()) |
                              (unsigned)_mm512_cmpneq_pd_mask(_mm512_loadu_pd(x + i + 8), _mm512_setzero_pd()) << 8;
#endif
        _mm512_storeu_si512(index + n, _mm512_maskz_compress_epi32((__mmask16)some, place));
        n += __builtin_popcount(some);
        place = _mm512_add_epi32(place, _mm512_set1_epi32(16));
    }
#endif
    for (; i < d; i++) {
        if (i % LINE == 0)
            PREFETCH(after + i);
        index[n] = (int32_t)i;
        n += x[i] != 0;
    }
    return n;
}

/* Whether each of n numbers is 0, or neither small nor large: its product with another, and with a power of two, is then
   rounded as if no exponent had an end. */
FAST int N(moderate)(const REAL *x, int64_t n)
{
    int64_t i = 0;
    int moderate = 1;
#if BYTES
    const vec least = N(zero)() + (REAL)0x1p-40, most = N(zero)() + (REAL)0x1p40, minus_0 = -N(zero)();
    N(words) extreme = {0}; /* negative where a number is */
    for (; i + LANES <= n; i += LANES) {
        const N(words) size = (N(words))N(load)(x + i) & ~(N(words))minus_0;
        extreme |= ((size - (N(words))least) & -size) | ((N(words))most - size);
    }
    for (int64_t c = 0; c < LANES; c++)
        moderate &= extreme[c] >= 0;
#endif
    for (; i < n; i++)
        moderate &= x[i] == 0 || (fabs((double)x[i]) >= 0x1p-40 && fabs((double)x[i]) <= 0x1p40);
    return moderate;
}

/* Batches ---------------------------------------------------------------------------------------------------------- */

/* total[r][c] += row_c b_r for the R numbers b_r and C vectors of a row, of which the fewer stay in registers */
#define ADD_PRODUCTS(R, C, row, b_r) \
    if (R > 2 * C && BYTES < 64) { \
        vec row_c[TILE_VECS]; \
        EACH(c, C) \
            row_c[c] = N(load)(row + c * LANES); \
        EACH(r, R) \
            EACH(c, C) \
                total[r][c] = total[r][c] + row_c[c] * b_r; \
    } else \
        EACH(c, C) { \
            if (R > 1) \
                ANEW(); \
            const vec row_c = N(load)(row + c * LANES); \
            EACH(r, R) \
                total[r][c] = total[r][c] + row_c * b_r; \
        }

/* A tile of `signals`: R samples, C vectors, the inputs from <= k < to. */
INLINE void N(signals_tile)(const int R, const int C, const REAL *w, int64_t stride, const REAL *const *b, int64_t from,
                            int64_t to, REAL *beta, int64_t step)
{
    vec total[TILE_ROWS][TILE_VECS];
    const REAL *b_r[TILE_ROWS];
    EACH(r, R) {
        b_r[r] = b[r];
        EACH(c, C)
            total[r][c] = from ? N(load)(beta + r * step + c * LANES) : N(zero)();
    }
    for (int64_t k = from; k < to; k++)
        ADD_PRODUCTS(R, C, w + k * stride, b_r[r][k])
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

/* D = total / m */
INLINE vec N(mean)(const P(rule) *o, vec total) { return o->exact ? total * o->inverse : total / o->m; }

/* The update of n parameters from their totals. */
FAST void N(optimise)(const P(rule) *o, REAL *w_, const REAL *total, int64_t n)
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

/* The end of `updates` for the R rows from w on, C vectors of their n_out numbers: their totals go into the weights or, if
   their batch is not at its last, into sums. */
INLINE void N(finish)(const int R, const int C, REAL *w, int64_t stride, const P(rule) *rule, int64_t n_out,
                      vec total[][WALK_VECS], REAL *sums, int last)
{
    if (last && rule->plain) {
        EACH(r, R)
            EACH(c, C) {
                REAL *w_h = w + r * stride + c * LANES;
                N(store)(w_h, N(load)(w_h) + rule->rate * total[r][c]);
            }
        return;
    }
    REAL totals[TILE_ROWS * WALK_VECS * LANES_MOST];
    EACH(r, R)
        EACH(c, C)
            N(store)(totals + (r * C + c) * LANES, total[r][c]);
    for (int r = 0; r < R; r++)
        if (last)
            N(optimise)(rule, w + r * stride, totals + r * C * LANES, LESSER(n_out, C * LANES));
        else
            memcpy(sums + r * stride, totals + r * C * LANES, (size_t)C * LANES * sizeof(REAL));
}

/* A tile of `updates`: the R rows from h on, C vectors. */
INLINE void N(updates_tile)(const int R, const int C, REAL *w, int64_t stride, const P(rule) *rule, int64_t n_out,
                            const REAL *g, int64_t step, const REAL *const *b, int64_t h, int64_t n, REAL *sums,
                            int first, int last)
{
    vec total[TILE_ROWS][WALK_VECS];
    EACH(r, R)
        EACH(c, C)
            total[r][c] = first ? N(zero)() : N(load)(sums + r * stride + c * LANES);
    for (int64_t k = 0; k < n; k++) {
        const REAL *b_h = b[k] + h;
        ADD_PRODUCTS(R, C, g + k * step, b_h[r])
    }
    N(finish)(R, C, w, stride, rule, n_out, total, sums, last);
}

/* `updates` of C vectors of each row, by the samples with b_h other than 0. */
INLINE void N(updates_visits)(const int C, REAL *w, int64_t stride, const P(rule) *rule, int64_t n_out, const REAL *g,
                              int64_t step, const REAL *const *b, const uint64_t *visits, int64_t sets, int64_t h0,
                              int64_t h1, REAL *sums, int first, int last)
{
    for (int64_t h = h0; h < h1; h++) {
        vec total[1][WALK_VECS];
        uint64_t rest = 0;
        for (int64_t i = 0; i < sets; i++)
            rest |= visits[h * sets + i];
        if (!rest && first && last && rule->plain)
            continue;
        EACH(c, C)
            total[0][c] = first ? N(zero)() : N(load)(sums + h * stride + c * LANES);
        for (int64_t i = 0; i < sets; i++)
            for (rest = visits[h * sets + i]; rest; rest &= rest - 1) {
                const int64_t k = 64 * i + LOWEST(rest);
                EACH(c, C)
                    total[0][c] = total[0][c] + N(load)(g + k * step + c * LANES) * b[k][h];
            }
        N(finish)(1, C, w + h * stride, stride, rule, n_out, total, sums ? sums + h * stride : NULL, last);
    }
}

/* w_hj += rate sum_k g_j b_h, or what the rule says, for the rows h0 <= h < h1. b, g: the samples' rows; visits: for each
   row h the samples with b_h other than 0, `sets` of 64 of them, NULL: it is not known. first, last: whether they are the
   first and the last of their batch; sums holds the sum between. */
FAST void N(updates)(REAL *w, int64_t stride, const P(rule) *rule, const REAL *g, int64_t step, const REAL *const *b,
                     int64_t samples, const uint64_t *visits, int64_t sets, int64_t h0, int64_t h1, int64_t n_out,
                     REAL *sums, int first, int last)
{
    if (visits) {
        BLOCKS(n_out, N(updates_visits), w + j, stride, rule, n_out - j, g + j, step, b, visits, sets, h0, h1,
               sums ? sums + j : NULL, first, last)
        return;
    }
    const int64_t columns = LANES == 1 ? n_out : (n_out + LINE - 1) / LINE * LINE; /* of sums too the padding is 0 */
    for (int64_t c = 0, C; c < columns; c += C * LANES) {
        C = TILE_C(VECS(columns - c));
        for (int64_t h = h0, R; h < h1; h += R) {
            const int64_t at = h * stride + c;
            R = TILE_R(h1 - h, C);
            TILE(N(updates_tile), R, C, w + at, stride, rule, n_out - c, g + c, step, b, h, samples,
                 sums ? sums + at : NULL, first, last);
        }
    }
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

/* x - x is 0 for a finite number, else NaN. */
FAST int N(all_finite)(const REAL *numbers, int64_t n)
{
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

static const P(kernels) N(kernels) = {
    N(signal), N(output), N(softmax), N(error), N(output_gradient), N(hidden_slope), N(drop), N(add_outer),
    N(update_signal), N(update_thresholds), N(update), N(turn), N(nonzeros), N(moderate), N(signals), N(updates),
    N(optimise), N(all_finite)
};

#undef ADD_PRODUCTS
