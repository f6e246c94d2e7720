/* tiles.h: how a matrix is cut into pieces whose sizes are constants, so that their sums stay in registers. */

/* A walk goes down the rows of weights with up to WALK_VECS vectors of each, a tile has TILE_SUMS vectors of sums, of up
   to TILE_VECS columns. f is inlined with constant numbers of rows r and vectors c. As rows are padded to cache lines, the
   vectors at their end are cut in whole lines too: LINE_VECS of them, 1 for numbers alone. */
#define LINE_VECS (LANES == 1 ? 1 : LINE / LANES)
#define WALK_VECS (TILE_VECS == 1 ? 1 : TILE_VECS == 2 ? 4 : 8)
#define BLOCKS(n, f, ...) \
    for (int64_t j = 0, C; j < (n); j += C * LANES) { \
        C = VECS((n) - j) >= WALK_VECS ? WALK_VECS : LESSER(VECS((n) - j), 4); \
        if (WALK_VECS == 1 || (C == 1 && LINE_VECS == 1)) f(1, __VA_ARGS__); \
        else if (C <= 2 && LINE_VECS <= 2) { C = 2; f(2, __VA_ARGS__); } \
        else if (C == 3 && LINE_VECS == 1) f(3, __VA_ARGS__); \
        else if (C <= 4) { C = 4; f(4, __VA_ARGS__); } \
        else f(WALK_VECS, __VA_ARGS__); \
    }
#define TILE_ROWS 8
#define TILE_FULL(c) (TILE_SUMS / (c) < TILE_ROWS ? TILE_SUMS / (c) : TILE_ROWS)
#define TILE_4(n, c) ((c) == 4 && ((n) == 8 || ((n) >= 4 && (n) < TILE_FULL(c)))) /* 8 rows are 4 + 4, not 6 + 1 + 1 */
#define TILE_R(n, c) (TILE_4(n, c) ? 4 : (n) >= TILE_FULL(c) ? TILE_FULL(c) : 1)
#define TILE_C(n) ((n) >= TILE_VECS || LINE_VECS >= TILE_VECS ? TILE_VECS : (n) >= 2 ? 2 : 1)
#define TILE_OF(f, r, c, ...) \
    if ((r) == 1) f(1, c, __VA_ARGS__); \
    else if ((r) == 4 && (c) == 4) f(4, c, __VA_ARGS__); \
    else f(TILE_FULL(c), c, __VA_ARGS__);
#define TILE(f, r, c, ...) \
    if ((c) == 1 && LINE_VECS == 1) { TILE_OF(f, r, 1, __VA_ARGS__) } \
    else if ((c) == 2 && TILE_VECS > 2) { TILE_OF(f, r, 2, __VA_ARGS__) } \
    else { TILE_OF(f, r, TILE_VECS, __VA_ARGS__) }
#define TILE_DEPTH 1024 /* inputs at once, so that the weights of a tile stay in a near cache */
