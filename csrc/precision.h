/* precision.h: the engine for numbers of one precision: the kernels for each instruction set, and what calls them. */

#if SINGLE
#define REAL float
#define WORD int32_t
#define real single
#else
#define REAL double
#define WORD int64_t
#define real double
#endif
#define P(name) PRECISE(name, real)
#define LINE ((int64_t)(64 / sizeof(REAL))) /* numbers in a cache line */

/* What an update of a batch does with each parameter: the optimizer of microbp/optimizers.py in the net's precision. */
typedef struct {
    int plain, optimizer, decoupled, first, exact; /* plain: w += rate total and nothing else; exact: D = total inverse */
    REAL rate, m, inverse, scale, decay, shrink, k[4], rest[2], c;
    REAL *w, *u, *v;  /* the parameters, and what is remembered of them */
    const REAL *free;
} P(rule);

/* The kernels, in the order of kernels.h, which says what each does. */
typedef struct {
    void (*signal)(const REAL *, int64_t, const REAL *, int64_t, const int32_t *, int64_t, REAL *);
    void (*output)(int, const REAL *, const REAL *, int64_t, REAL *, REAL *);
    void (*softmax)(REAL *, int64_t);
    REAL (*error)(int, const REAL *, const REAL *, const REAL *, int64_t);
    void (*output_gradient)(int, int, const REAL *, const REAL *, const REAL *, REAL, int64_t, const REAL *, REAL *);
    void (*hidden_slope)(int, const REAL *, const REAL *, const REAL *, int64_t, REAL *);
    void (*drop)(int, const REAL *, int64_t, REAL *, REAL *);
    void (*add_outer)(REAL *, int64_t, REAL, const REAL *, const REAL *, int64_t, int64_t, const int32_t *);
    void (*update_signal)(REAL *, int64_t, REAL, const REAL *, const REAL *, const REAL *, const REAL *, int64_t,
        int64_t, REAL *);
    void (*update_thresholds)(const bp_layer *, REAL *, REAL, const REAL *);
    void (*update)(const bp_layer *, REAL *, REAL, const REAL *, const REAL *);
    void (*turn)(const bp_layer *, int64_t, const REAL *, REAL *, int64_t, int64_t);
    int64_t (*nonzeros)(const REAL *, int64_t, int32_t *, const REAL *);
    int (*moderate)(const REAL *, int64_t);
    void (*signals)(const REAL *, int64_t, const REAL *const *, int64_t, int64_t, int64_t, int64_t, REAL *, int64_t);
    void (*updates)(REAL *, int64_t, const P(rule) *, const REAL *, int64_t, const REAL *const *, int64_t,
        const uint64_t *, int64_t, int64_t, int64_t, int64_t, REAL *, int, int);
    void (*optimise)(const P(rule) *, REAL *, const REAL *, int64_t);
    int (*all_finite)(const REAL *, int64_t);
} P(kernels);

#if defined(X86) || defined(ARM) /* where something better is to be had, it is small instead of fast */
#define SMALL 1
#define TILE_SUMS 1
#define TILE_VECS 1
#else
#define SMALL 0
#define TILE_SUMS 4
#define TILE_VECS 2
#endif
#define ISA plain
#define BYTES 0
#include "isa.h"
#ifdef X86
#define SMALL 1
#define ISA vector128
#define BYTES 16
#define TILE_SUMS 12
#define TILE_VECS 2
#include "isa.h"
#endif

#ifdef ARM
#define SMALL 0
#define ISA vector128
#define BYTES 16
#define TINY
#define TILE_SUMS 24
#define TILE_VECS 4
#include "isa.h"
#endif

#ifdef X86
TARGET("avx2")
#define SMALL 0
#define ISA avx2
#define BYTES 32
#define TINY
#define TILE_SUMS 12
#define TILE_VECS 2
#include "isa.h"
TARGET_END
TARGET("avx2,avx512f,avx512dq,avx512bw,avx512vl")
#if !SINGLE
#define SMALL 0
#define ISA narrow
#define BYTES 16
#define TINY
#include "isa.h"
#endif
#define SMALL 0
#define ISA avx512
#define BYTES 64
#define TINY
#define TILE_SUMS 24
#define TILE_VECS 4
#include "isa.h"
TARGET_END
#endif

#include "training.h"

#undef REAL
#undef WORD
#undef real
#undef P
#undef LINE
#undef SINGLE
