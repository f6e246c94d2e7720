/* bp.h: the C engine's functions. This header is also the declaration that cffi reads, hence no guards, no includes.

The engine does what microbp/bp.py does, operation by operation, so both give the same bits. "Numbers" are binary64
or binary32, as the net's precision says. A net's parameters are one buffer of them on a 64-byte boundary: for each
layer n_in rows of weights and one row of thresholds, every row `stride` numbers long, n_out and padding that is
always 0. X, Y and Y_hat are flat: one row of d or l numbers after the other, on any boundary. No function keeps
anything between calls but in the memory that it is given, and none allocates. */

/* Counts up with every change of this interface or of any bit that the engine computes. */
#define BP_CONTRACT 4

enum { BP_DOUBLE, BP_SINGLE };
enum { BP_SIGMOID, BP_TANH, BP_LINEAR, BP_RELU, BP_LEAKY_RELU, BP_ELU, BP_SOFTPLUS, BP_SOFTMAX };
enum { BP_SQUARED_ERROR, BP_CROSS_ENTROPY, BP_SOFTMAX_CROSS_ENTROPY, BP_ABSOLUTE, BP_HUBER };
enum { BP_DESCENT, BP_MOMENTUM, BP_NESTEROV, BP_RMSPROP, BP_ADAM, BP_RPROP };
enum { BP_PLAIN, BP_SSE2, BP_NEON, BP_AVX2, BP_AVX512 };
enum { BP_DONE, BP_MORE, BP_DIVERGED };

typedef struct {
    int64_t n_in, n_out;
    int activation;
    /* filled in by bp_layout */
    int64_t stride, offset;    /* w_hj stands at offset + h stride + j, theta_j at offset + n_in stride + j */
    int64_t column;            /* where the layer begins in a row of all layers' outputs */
    int64_t back, back_stride; /* w_hj stands at back + j back_stride + h in the weights turned for (11) */
} bp_layer;

typedef struct {
    int precision, isa, loss;
    int64_t n_layers;
    bp_layer *layers;
    /* filled in by bp_layout, in numbers */
    int64_t size;         /* of the parameters */
    int64_t columns;      /* of a row of all layers' outputs */
    int64_t back;         /* of the turned weights of every layer but the first */
    int keeps_z;          /* whether a slope or the loss reads z = beta - theta */
} bp_net;

/* A run: m samples, how to visit them, and the state of the training between two calls of bp_train. */
typedef struct {
    const void *X, *Y;
    int64_t m, batch, epochs;
    const double *etas;   /* epochs numbers: the eta of each */
    double carried;       /* where the sum of an epoch's E_k begins: not at 0 for a later block of an epoch's samples */
    int shuffle, threads;
    const void *weights;  /* s_k of each sample, or NULL: all 1 */
    const void *free;     /* not 0 for each free parameter, laid out like them, or NULL: all are free */
    const double *dropout; /* the rate of each hidden layer, or NULL */
    void *sums;           /* of a batch that is parted among runs, laid out like the parameters; NULL: none is */
    int64_t earlier;      /* samples of that batch in the runs before */
    int more;             /* whether more of them follow in the next run: no update yet */
    int optimizer, plain; /* plain: the article's w += (eta / m) total, without D; see microbp/optimizers.py */
    int decoupled;        /* whether decay is AdamW's */
    double decay, clip;   /* clip 0: none */
    double constants[4];  /* of the optimizer, in the order of its `constants` */
    void *u, *v;          /* what it remembers of the parameters, laid out like them; NULL where it remembers nothing */
    int64_t t;            /* updates that were made, */
    double p1, p2;        /* and the powers constants[0]**t and constants[1]**t, of use for Adam */
    void *scratch;        /* bp_prepare's bytes, all 0 at the beginning, on a 64-byte boundary */
    double *errors;       /* epochs numbers: the mean E_k of each epoch that is done */
    uint64_t generator;   /* where the next shuffle begins */
    int64_t done;         /* epochs */
    /* the rest begins as 0 */
    int64_t position;     /* samples of this epoch that were visited */
    double eta, total;    /* of this epoch: its eta, and the sum of its E_k so far */
    int64_t kept;         /* `done` when the parameters were last kept, from where an epoch that fails is repeated */
    uint64_t kept_generator;
    int64_t kept_t;
    double kept_p1, kept_p2;
    int64_t trained;      /* epochs done in all calls, however often the caller puts `done` back to 0 */
    int exact, sparse, unfinished;
} bp_run;

/* Whether this build and this CPU have the instruction set: 1; 0: the CPU has not; -1: the build has not. */
int bp_has(int isa);

/* The number of threads that OpenMP would take, 0 in a build without OpenMP. */
int bp_max_threads(void);

/* Fill in the layout from n_in, n_out and the precision. */
void bp_layout(bp_net *net);

/* Measure the data (run->sparse: whether zeros are worth skipping) and return the bytes of scratch memory that the run
   needs. With numbers of s bytes, P parameters (padding included), B numbers of turned weights, C outputs in a row of
   all layers (padded) and c = min(batch, 256) samples at a time (fewer, but 16 or more, where P > 2**20), these are
       s (P + B + 2 c C) + 4 m + 1020 + 8 c (layers + 2 + threads)
     + s P                    for each of u and v, and once where batch > c or clip is not 0, and there is no `sums`
     + s c C                  where the net keeps z, and once for dropout
     + s P                    at most: the largest layer alone, where a batch goes through rows of more than 512 bytes
                              or by several threads
     + 4 (c d + 17 c)         for data with many zeros, and 8 d (c / 64, rounded up) where it is not standard BP
   and less than 64 bytes more for each of these parts. */
int64_t bp_prepare(const bp_net *net, bp_run *run);

/* The bytes of scratch memory for bp_predict: with c = min(m, 72), for each thread s c C + 8 c layers + 4 (c d + 17 c),
   and less than 64 bytes more for each of these parts. */
int64_t bp_predict_scratch(const bp_net *net, int64_t m, int threads);

/* Train for run->epochs epochs, or until about `budget` products w_hj b_h are done.
   BP_DONE; BP_MORE: call again to go on, or bp_undo; BP_DIVERGED: epoch run->done + 1 left the finite numbers, and
   parameters and generator are as they were before it. Until then parameters, u, v and sums may lie in another order. */
int bp_train(const bp_net *net, void *parameters, bp_run *run, int64_t budget);

/* After BP_MORE (and else nothing): put parameters, generator and `done` back to the end of a whole epoch, at most a
   moment ago. `sums` is then of no use. */
void bp_undo(const bp_net *net, void *parameters, bp_run *run);

/* One update of standard BP. Writes signals, outputs and gradients, rows of net->columns numbers, and returns E_k.
   scratch: net->back + net->columns numbers, all 0. */
double bp_step(const bp_net *net, void *parameters, const void *x, const void *y, double eta, void *signals,
               void *outputs, void *gradients, void *scratch);

/* The outputs y_hat for each of m rows of X, written into Y_hat: 1; or 0, with Y_hat half written, where an input is not
   finite. */
int bp_predict(const bp_net *net, const void *parameters, const void *X, int64_t m, void *Y_hat, void *scratch,
               int threads);

/* The outputs y_hat of one sample, without scratch memory: 1; or 0, with nothing done, where an input is not finite or
   the outputs of all layers need more than 16384 bytes. */
int bp_predict_row(const bp_net *net, const void *parameters, const void *x, void *y_hat);

/* E = 1/m sum_k E_k of m samples, summed in binary64. Y_hat: their outputs, or for a cross-entropy the z of them. */
double bp_mean_error(const bp_net *net, const void *Y_hat, const void *Y, int64_t m);

/* Whether each of n numbers is finite. */
int bp_all_finite(int precision, int isa, const void *numbers, int64_t n);
