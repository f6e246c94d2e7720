/* peak.c: how many multiplications and additions a core can do, each rounded for itself (no fused multiply-add).

CHAINS sums that do not depend on each other hide the latency; none leaves the registers. */

#include <stdint.h>

#if defined __AVX512F__
#define BYTES 64
#elif defined __AVX__
#define BYTES 32
#else
#define BYTES 16
#endif
#define CHAINS 12

#define PEAK(NAME, NUMBER)                                                                         \
    typedef NUMBER NAME##_vector __attribute__((vector_size(BYTES)));                              \
    volatile NUMBER NAME##_sink;                                                                   \
    int64_t NAME(int64_t turns)                                                                    \
    {                                                                                              \
        NAME##_vector a[CHAINS], zero = {0}, x = zero + (NUMBER)0.999, y = zero + (NUMBER)0.001;   \
        for (int c = 0; c < CHAINS; c++)                                                           \
            a[c] = zero + (NUMBER)c;                                                               \
        for (int64_t n = 0; n < turns; n++)                                                        \
            for (int c = 0; c < CHAINS; c++)                                                       \
                a[c] = a[c] * x + y;                                                               \
        for (int c = 1; c < CHAINS; c++)                                                           \
            a[0] += a[c];                                                                          \
        NAME##_sink = a[0][0];                                                                     \
        return turns * CHAINS * 2 * (int64_t)(BYTES / sizeof(NUMBER));                             \
    }

PEAK(multiply_add_single, float)
PEAK(multiply_add_double, double)
