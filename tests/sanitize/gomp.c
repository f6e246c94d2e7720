/* gomp.c: what gcc's code calls of OpenMP's runtime, on POSIX threads. ThreadSanitizer sees into these and not into
   libgomp, so it can tell which of a team's steps the engine itself has put in order. */

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct {
    void (*work)(void *);
    void *data;
    int count, singles;
    pthread_barrier_t barrier;
} team;

typedef struct {
    team *team;
    int rank, singles;
} member;

static _Thread_local member here;

static void *join(void *who)
{
    here = *(member *)who;
    here.team->work(here.team->data);
    return NULL;
}

void GOMP_parallel(void (*work)(void *), void *data, unsigned count, unsigned flags)
{
    team team = {.work = work, .data = data, .count = (int)count};
    pthread_t threads[8];
    member members[8];
    (void)flags;
    if (count < 1 || count > 8 || pthread_barrier_init(&team.barrier, NULL, count))
        abort();
    for (int rank = (int)count - 1; rank >= 0; rank--) {
        members[rank] = (member){&team, rank, 0};
        if (rank && pthread_create(threads + rank, NULL, join, members + rank))
            abort();
    }
    join(members);
    for (int rank = 1; rank < (int)count; rank++)
        pthread_join(threads[rank], NULL);
    pthread_barrier_destroy(&team.barrier);
    here.team = NULL;
}

void GOMP_barrier(void) { pthread_barrier_wait(&here.team->barrier); }

/* The first to come does it; the order is relaxed, as a `single` orders nothing but by the barrier at its end. */
bool GOMP_single_start(void)
{
    int done = here.singles++;
    return __atomic_compare_exchange_n(&here.team->singles, &done, done + 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

int omp_get_thread_num(void) { return here.team ? here.rank : 0; }
int omp_get_num_threads(void) { return here.team ? here.team->count : 1; }
int omp_get_max_threads(void) { return 3; }
