/* share.h: what the functions of a run share, and how its threads share the work. */

#define CHUNK 256 /* samples of a batch that are computed at once */
#define PREDICT_CHUNK 72 /* rows of whole tiles */
#define EXTRA 255 /* places behind an epoch's visits, for those of more epochs where they are few */
#define SETS(samples) (((samples) + 63) / 64)
#define AHEAD 4 /* samples that come near before they are looked at */
#define INDEX_SPARE 16 /* places behind a list of nonzeros, for whole vectors of them */

/* Where the parts of a run's scratch memory lie. */
typedef struct {
    void *kept, *sums, *back, *outputs, *gradients, *unpacked;
    void *signals; /* z of each output: the outputs themselves where nothing reads it */
    void *factors; /* of dropout, NULL: none */
    const void **rows; /* of each layer the rows that come in */
    double *errors;
    uint32_t *order;
    int32_t *index, *counts;
    uint64_t *visits; /* of each input the samples in which it is not 0: SETS(chunk) sets of 64, a bit each */
    int64_t chunk;
} work;

/* The threads of a run. */
typedef struct {
    int count;
    unsigned arrived, generation;
} team;

/* SplitMix64, as microbp/generator.py */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The rank-th of `count` parts of 0 .. n - 1, cut at multiples of `unit`. */
static void divide(int64_t n, int64_t unit, int rank, int count, int64_t *from, int64_t *to)
{
    const int64_t units = (n + unit - 1) / unit;
    *from = LESSER(n, units * rank / count * unit);
    *to = LESSER(n, units * (rank + 1) / count * unit);
}

static int64_t item(int precision) { return precision == BP_SINGLE ? 4 : 8; }

/* Whether the updates are standard BP, one sample after the other; all else goes in batches, if only of one sample. */
static int is_standard(const bp_run *run)
{
    return run->batch == 1 && run->plain && !run->free && !run->dropout && !run->sums;
}

/* Whether the threads of a batch part a layer of n columns by columns; fewer of them part the samples, or the rows. */
static int by_columns(int64_t n, int count) { return n >= count * 64; }

/* While a batch kernel runs, the columns of a layer stand in panels, one behind the other: all rows of the first columns,
   then all rows of the next. What a thread reads and writes is then one piece of memory, which no other thread's
   processor takes for the next that it will need, and a tile's rows are near each other. The numbers in a row of a panel:
   at most 8 cache lines, the same number of panels for each thread. The whole row without a run, in standard BP, and where
   the caller's mask lies beside the parameters. */
static int64_t panel_of(const bp_net *net, const bp_layer *layer, const bp_run *run)
{
    if (!run || is_standard(run) || run->free)
        return layer->stride;
    const int64_t line = 64 / item(net->precision), lines = layer->stride / line;
    const int64_t threads = run->threads > 1 && by_columns(layer->n_out, run->threads) ? run->threads : 1;
    const int64_t panels = (lines + 8 * threads - 1) / (8 * threads) * threads;
    return (lines + panels - 1) / panels * line;
}

/* For each panel of a layer with columns in from .. to - 1 (multiples of the panel): c, its first column, how many it has,
   and its stride. PLACE: where its row h begins among the parameters. */
#define PANELS(layer, panel, from, to) \
    for (int64_t c = (from), width = (panel), stride, columns; \
         c < (to) && (stride = LESSER(width, (layer)->stride - c), columns = LESSER(stride, (layer)->n_out - c), 1); \
         c += width)
#define PLACE(layer, h) ((layer)->offset + c * ((layer)->n_in + 1) + (h) * stride)

/* Wait until all threads of the team are here: awake for some microseconds, then offering the processor to others, so
   that a machine with more to do than processors is not held up. (OpenMP's own barriers stay awake for milliseconds.) */
static void barrier(team *team)
{
    if (team->count == 1)
        return;
#if defined(_OPENMP) && defined(__GNUC__)
    const unsigned generation = __atomic_load_n(&team->generation, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) == (unsigned)team->count) {
        __atomic_store_n(&team->arrived, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&team->generation, generation + 1, __ATOMIC_RELEASE);
        return;
    }
    for (int turns = 0; __atomic_load_n(&team->generation, __ATOMIC_ACQUIRE) == generation; turns++)
        if (turns < 1000)
            PAUSE();
        else
            YIELD();
#elif defined(_OPENMP)
#pragma omp barrier
#endif
}

/* How many of n ascending numbers are less than h. */
static int64_t place(const int32_t *index, int64_t n, int64_t h)
{
    int64_t from = 0;
    while (from < n) {
        const int64_t middle = (from + n) / 2;
        if (index[middle] < h)
            from = middle + 1;
        else
            n = middle;
    }
    return from;
}

/* The visits of the inputs h0 <= h < h1, from the inputs that are not 0 of each sample. */
static NOINLINE void list_visits(const work *work, int64_t samples, int64_t d, int64_t h0, int64_t h1)
{
    const int64_t sets = SETS(work->chunk);
    memset(work->visits + h0 * sets, 0, (size_t)((h1 - h0) * sets) * sizeof *work->visits);
    for (int64_t s = 0; s < samples; s++) {
        const int32_t *index = work->index + s * (d + INDEX_SPARE);
        const int64_t end = place(index, work->counts[s], h1);
        for (int64_t i = place(index, end, h0); i < end; i++)
            work->visits[index[i] * sets + s / 64] |= (uint64_t)1 << s % 64;
    }
}

/* What a thread does of a layer: columns where it has enough of them, else rows (samples, or inputs for an update). */
typedef struct { int64_t s0, s1, h0, h1, c0, c1; } share;

static share share_of(int64_t samples, int64_t n_in, int64_t n_out, int64_t panel, int rank, int count)
{
    share share = {0, samples, 0, n_in, 0, n_out};
    if (by_columns(n_out, count))
        divide(n_out, panel, rank, count, &share.c0, &share.c1);
    else {
        divide(samples, TILE_ROWS, rank, count, &share.s0, &share.s1);
        divide(n_in, TILE_ROWS, rank, count, &share.h0, &share.h1);
    }
    return share;
}
