/* compiler.h: what compilers and processors have each in their own way. Where a compiler is not known, none of it is needed
and the engine is plain C11. */

#if defined(_MSC_VER) && !defined(__clang__)
#pragma fp_contract(off)
#elif defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#ifdef __GNUC__
#define INLINE static inline __attribute__((always_inline, unused))
#if defined(__x86_64__)
#define X86 1
#include <immintrin.h>
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARM 1
#endif
#elif defined(_MSC_VER)
#define INLINE static __forceinline
#else
#define INLINE static inline
#endif

/* RARE: a function in which little time is spent, compiled to be small. NOINLINE: one with much that a RARE one calls, and
   that would be made small with it. */
#ifdef __GNUC__
#define NOINLINE __attribute__((noinline))
#define RARE static __attribute__((cold, noinline, unused))
#define PREFETCH(p) __builtin_prefetch(p, 0, 2)
#define LOWEST(bits) __builtin_ctzll(bits) /* the number of the lowest bit that is 1 */
#define UNLIKELY(x) __builtin_expect(x, 0)
#else
#define NOINLINE
#define RARE static
#define PREFETCH(p) ((void)(p))
static int LOWEST(uint64_t bits)
{
    int n = 0;
    for (; !(bits & 1); bits >>= 1)
        n++;
    return n;
}
#define UNLIKELY(x) (x)
#endif
#define PRAGMA(text) _Pragma(#text)
#ifdef __clang__ /* an instruction set for the functions from here on */
#define TARGET(isa) PRAGMA(clang attribute push(__attribute__((target(isa))), apply_to = function))
#define TARGET_END PRAGMA(clang attribute pop)
#else
#define TARGET(isa) PRAGMA(GCC push_options) PRAGMA(GCC target(isa))
#define TARGET_END PRAGMA(GCC pop_options)
#endif
#if defined(X86)
#define PAUSE() _mm_pause()
#elif defined(ARM)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <sched.h>
#define YIELD() sched_yield()
#else
#define YIELD() PAUSE()
#endif
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif
#define EACH(i, n) UNROLL for (int i = 0; i < (n); i++) /* n is a constant where this is inlined */

#define PRECISE_(name, real) name##_##real
#define PRECISE(name, real) PRECISE_(name, real)
#define NAME__(name, real, isa) name##_##real##_##isa
#define NAME_(name, real, isa) NAME__(name, real, isa)
#define NAME(name, real, isa) NAME_(name, real, isa)
#define LESSER(a, b) ((a) < (b) ? (a) : (b))
