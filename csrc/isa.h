/* isa.h: the kernels in both precisions for one instruction set (ISA, BYTES, TILE_SUMS, TILE_VECS, WALK_VECS). */

#define N(name) NAME(name, real, ISA)

#define SINGLE 0
#define real double
#include "vector.h"
#include "arithmetic.h"
#include "kernels.h"
#include "vector_end.h"
#undef SINGLE
#undef real

#define SINGLE 1
#define real single
#include "vector.h"
#include "arithmetic.h"
#include "kernels.h"
#include "vector_end.h"
#undef SINGLE
#undef real

#undef N
#undef ISA
#undef BYTES
#undef TILE_SUMS
#undef TILE_VECS
#undef WALK_VECS
