/* vector.h: the vocabulary of the kernels for one precision (SINGLE) and one vector width (BYTES).

BYTES 0 is plain C: a vector of one number. Otherwise vectors are GNU vector types, and since + - * / and numbers mixed
with vectors look the same for both, the kernels are written once. A lane never meets another lane: each holds a sum of
its own. `part` is as many numbers as fit into a vector of binary64, in which the activations are computed. */

#define vec N(vec)
#define part N(part)
#define wide N(wide)
#define bits N(bits)

#define LANES_MOST (64 / sizeof(REAL))
#define LEAK ((REAL)0.01) /* of leaky_relu */

#if BYTES

#define LANES ((int64_t)(BYTES / sizeof(REAL)))
#define PARTS ((int64_t)(BYTES / sizeof(double)))
#if SINGLE
#define PART_BYTES (BYTES / 2)
#else
#define PART_BYTES BYTES
#endif
typedef REAL vec __attribute__((vector_size(BYTES)));
typedef REAL N(vec_at) __attribute__((vector_size(BYTES), aligned(sizeof(REAL)), may_alias));
typedef REAL part __attribute__((vector_size(PART_BYTES)));
typedef REAL N(part_at) __attribute__((vector_size(PART_BYTES), aligned(sizeof(REAL)), may_alias));
typedef double wide __attribute__((vector_size(BYTES)));
typedef uint64_t bits __attribute__((vector_size(BYTES)));
typedef WORD N(words) __attribute__((vector_size(BYTES)));
typedef WORD N(words_at) __attribute__((vector_size(BYTES), aligned(sizeof(WORD)), may_alias));

INLINE vec N(load)(const REAL *p) { return *(const N(vec_at) *)p; }
INLINE void N(store)(REAL *p, vec v) { *(N(vec_at) *)p = v; }
INLINE part N(load_part)(const REAL *p) { return *(const N(part_at) *)p; }
INLINE void N(store_part)(REAL *p, part v) { *(N(part_at) *)p = v; }
#if SINGLE
#if BYTES == 64 /* compilers take four instructions where this is one */
INLINE wide N(widen)(part v) { return (wide)_mm512_cvtps_pd((__m256)v); }
#else
INLINE wide N(widen)(part v) { return __builtin_convertvector(v, wide); }
#endif
INLINE part N(narrow)(wide v) { return __builtin_convertvector(v, part); }
#else
INLINE wide N(widen)(part v) { return v; }
INLINE part N(narrow)(wide v) { return v; }
#endif

/* The first n lanes; the others 0. */
INLINE vec N(keep)(vec v, int64_t n)
{
    static const WORD mask[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    const WORD *at = mask + 16 - (n < LANES ? n : LANES);
    return (vec)((N(words))v & *(const N(words_at) *)at);
}

/* yes or no, lane by lane: both are evaluated */
#define WHERE(comparison, yes, no) \
    ((vec)(((N(words))(comparison) & (N(words))(yes)) | (~(N(words))(comparison) & (N(words))(no))))
#define IS(comparison) ((bits)(comparison))
/* Whether a comparison holds in any lane. */
INLINE int N(any)(bits m)
{
#if BYTES == 64
    return _mm512_movepi64_mask((__m512i)m) != 0;
#elif BYTES == 32
    return _mm256_movemask_pd((__m256d)m) != 0;
#elif defined(X86)
    return _mm_movemask_pd((__m128d)m) != 0;
#else
    return (m[0] | m[1]) != 0;
#endif
}

INLINE bits N(as_bits)(wide x) { return (bits)x; }
INLINE double N(lane)(wide x, int64_t i) { return x[i]; }
INLINE wide N(as_wide)(bits x) { return (wide)x; }

#else

#define LANES ((int64_t)1)
#define PARTS ((int64_t)1)
typedef REAL vec;
typedef REAL part;
typedef double wide;
typedef uint64_t bits;

INLINE vec N(load)(const REAL *p) { return *p; }
INLINE void N(store)(REAL *p, vec v) { *p = v; }
INLINE part N(load_part)(const REAL *p) { return *p; }
INLINE void N(store_part)(REAL *p, part v) { *p = v; }
INLINE wide N(widen)(part v) { return v; }
INLINE part N(narrow)(wide v) { return (part)v; }
INLINE vec N(keep)(vec v, int64_t n) { return n > 0 ? v : 0; }
#define WHERE(comparison, yes, no) ((comparison) ? (yes) : (no))
#define IS(comparison) ((bits)0 - (bits)(comparison))
INLINE int N(any)(bits m) { return m != 0; }
INLINE double N(lane)(wide x, int64_t i) { (void)i; return x; }
INLINE bits N(as_bits)(wide x) { bits b; memcpy(&b, &x, sizeof b); return b; }
INLINE wide N(as_wide)(bits b) { wide x; memcpy(&x, &b, sizeof x); return x; }

#endif

INLINE wide N(choose)(bits m, wide yes, wide no)
{
    return N(as_wide)((m & N(as_bits)(yes)) | (~m & N(as_bits)(no)));
}

/* The square root of each lane, which is exact in the sense of IEEE 754. */
INLINE vec N(root)(vec v)
{
#if BYTES == 64 && SINGLE
    return (vec)_mm512_sqrt_ps((__m512)v);
#elif BYTES == 64
    return (vec)_mm512_sqrt_pd((__m512d)v);
#elif BYTES == 32 && SINGLE
    return (vec)_mm256_sqrt_ps((__m256)v);
#elif BYTES == 32
    return (vec)_mm256_sqrt_pd((__m256d)v);
#elif BYTES && defined(X86) && SINGLE
    return (vec)_mm_sqrt_ps((__m128)v);
#elif BYTES && defined(X86)
    return (vec)_mm_sqrt_pd((__m128d)v);
#elif BYTES
    for (int64_t j = 0; j < LANES; j++)
        v[j] = (REAL)sqrt((double)v[j]);
    return v;
#else
    return (REAL)sqrt((double)v); /* twice rounded is once rounded, as in microbp/rows */
#endif
}

INLINE vec N(zero)(void) { vec v = {0}; return v; }

/* Before a vector of weights is read: numbers are read from memory again for it, not kept in registers. AVX-512 spreads a
   number over a vector for nothing while it multiplies with it, and for two cycles if that is an operation of its own. */
#if BYTES == 64
#define ANEW() __asm__ volatile("" ::: "memory")
#else
#define ANEW() ((void)0)
#endif

/* Vectors that hold n numbers. */
#define VECS(n) (((n) + LANES - 1) / LANES)
