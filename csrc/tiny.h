/* tiny.h: standard BP for a net of two layers of sigmoids that is so small that all of its parameters stay in registers: as
   `standard` in training.h, in more than one epoch, each with its own part of work->order.

What takes time here is the chain of operations from one update to the next, two sigmoids in it. Sums begin with their
first term: that may be -0 where 0 + it is 0, which no sigmoid and no update can tell. */

/* A call, even of what is hardly ever called, would take the registers away. */
INLINE wide N(tiny_sigmoid)(wide x) { return UNLIKELY(N(any)(N(is_far)(x))) ? N(sigmoid_any)(x) : N(sigmoid_near)(x); }

#if BYTES == 16

/* At most two inputs and two hidden neurons, and one output, of which both lanes hold the same. A second hidden neuron that
   is not there has w = 0, and keeps it by b_h. */
static void N(tiny)(const bp_net *net, void *parameters, bp_run *run, const work *work, int64_t from, int64_t to,
                    int64_t epochs)
{
    const bp_layer *hidden = net->layers, *last = net->layers + 1;
    const int64_t d = hidden->n_in, q = hidden->n_out;
    const REAL *X = run->X, *Y = run->Y;
    REAL *V = parameters, *W = V + last->offset;
    vec v_0 = N(load)(V), v_1 = d > 1 ? N(load)(V + hidden->stride) : N(zero)(), gamma = N(load)(V + d * hidden->stride);
    vec w = {W[0], q > 1 ? W[last->stride] : 0}, theta = N(zero)() + W[q * last->stride];
    double sum = run->total;
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        const REAL eta = run->etas[run->done + epoch];
        const uint32_t *order = work->order + epoch * run->m;
        if (epoch)
            sum = run->carried;
        for (int64_t t = from; t < to; t++) {
            const REAL *x = X + order[t] * d, x_0 = x[0], x_1 = d > 1 ? x[1] : 0, y = Y[order[t]];
            const vec alpha = v_0 * x_0 + v_1 * x_1, b = N(tiny_sigmoid)(alpha - gamma), b_h = N(keep)(b, q);
            const vec term = w * b, turned = {term[1], term[0]}, y_hat = N(tiny_sigmoid)((term + turned) - theta);
            const REAL difference = y_hat[0] - y;
            sum += 0.5 * (difference * difference);
            const vec g = (y_hat * (1 - y_hat)) * (y - y_hat), e = (b * (1 - b)) * (w * g);
            v_0 = v_0 + eta * (e * x_0);
            v_1 = v_1 + eta * (e * x_1);
            gamma = gamma + e * -eta;
            w = w + eta * (g * b_h);
            theta = theta + g * -eta;
        }
        run->errors[run->done + epoch] = sum / (double)run->m; /* of a whole epoch */
    }
    run->total = sum;
    N(store)(V, v_0);
    if (d > 1)
        N(store)(V + hidden->stride, v_1);
    N(store)(V + d * hidden->stride, gamma);
    W[0] = w[0];
    if (q > 1)
        W[last->stride] = w[1];
    W[q * last->stride] = theta[0];
}

#else

/* At most four inputs, LANES hidden neurons and LANES outputs. */
static void N(tiny)(const bp_net *net, void *parameters, bp_run *run, const work *work, int64_t from, int64_t to,
                    int64_t epochs)
{
    const bp_layer *hidden = net->layers, *last = net->layers + 1;
    const int64_t d = hidden->n_in, q = hidden->n_out, l = last->n_out;
    const REAL *X = run->X, *Y = run->Y;
    REAL *V = parameters, *W = V + last->offset;
    vec v[4], gamma = N(load)(V + d * hidden->stride), w[BYTES / 8], back[BYTES / 8], theta = N(load)(W + q * last->stride);
    EACH(i, 4)
        v[i] = i < d ? N(load)(V + i * hidden->stride) : N(zero)();
    EACH(h, LANES)
        w[h] = h < q ? N(load)(W + h * last->stride) : N(zero)();
    EACH(j, LANES)
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
            EACH(i, 4)
                x_i[i] = i < d ? x[i] : 0;
            EACH(j, LANES)
                y[j] = j < l ? y_k[j] : 0;

            vec alpha = v[0] * x_i[0];
            for (int i = 1; i < 4; i++)
                alpha = alpha + v[i] * x_i[i];
            const vec b = N(keep)(N(tiny_sigmoid)(alpha - gamma), q);
            vec beta = w[0] * b[0];
            for (int h = 1; h < LANES; h++)
                beta = beta + w[h] * b[h];
            const vec y_hat = N(keep)(N(tiny_sigmoid)(beta - theta), l), difference = y_hat - y;
            REAL E = difference[0] * difference[0];
            if (l > 1)
                for (int j = 1; j < LANES; j++)
                    E = E + difference[j] * difference[j];
            sum += 0.5 * E;

            const vec g = (y_hat * (1 - y_hat)) * (y - y_hat);
            vec e = back[0] * g[0];
            if (l > 1)
                for (int j = 1; j < LANES; j++)
                    e = e + back[j] * g[j];
            e = (b * (1 - b)) * e;
            EACH(i, 4)
                v[i] = v[i] + eta * (e * x_i[i]);
            gamma = gamma + e * -eta;
            EACH(h, LANES)
                w[h] = w[h] + eta * (g * b[h]);
            EACH(j, LANES)
                back[j] = back[j] + eta * (b * g[j]);
            theta = theta + g * -eta;
        }
        run->errors[run->done + epoch] = sum / (double)run->m; /* of a whole epoch */
    }
    run->total = sum;
    for (int i = 0; i < 4 && i < d; i++)
        N(store)(V + i * hidden->stride, v[i]);
    N(store)(V + d * hidden->stride, gamma);
    for (int h = 0; h < LANES && h < q; h++)
        N(store)(W + h * last->stride, w[h]);
    N(store)(W + q * last->stride, theta);
}

#endif
