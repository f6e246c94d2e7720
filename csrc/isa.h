/* isa.h: the kernels for one instruction set (ISA, BYTES, TILE_SUMS, TILE_VECS); TINY: the tiny one
too, or alone. */

#if SMALL
#define FAST RARE
#else
#define FAST static
#endif
#define N(name) NAME(name, real, ISA)
#include "vector.h"
#include "arithmetic.h"
#if defined(TINY) && !SINGLE
#include "tiny.h"
#endif
#ifdef TILE_SUMS
#include "kernels.h"
#endif

#undef N
#undef FAST
#undef SMALL
#undef ISA
#undef BYTES
#undef TINY
#undef TILE_SUMS
#undef TILE_VECS
#undef LANES
#undef PARTS
#undef PART_BYTES
#undef VECS
#undef IS
#undef LANES_MOST
#undef LEAK
#undef WHERE
#undef ANEW
#undef vec
#undef part
#undef wide
#undef bits
