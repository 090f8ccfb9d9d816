/* A wall clock that can be set while a process runs: LD_PRELOAD it, with CHAOS_CLOCK naming a file that holds one
 * int64, the seconds by which the clock is off. The file is shared memory: writing it sets the clock of every process
 * at once. Only the wall clock moves; the monotonic one never does, as on a machine whose time is corrected. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shared;

__attribute__((constructor)) static void attach(void) {
    const char *name = getenv("CHAOS_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *memory = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED)
        shared = memory;
    close(file);
}

static int64_t off(void) { return shared ? *shared : 0; }

static void *real(const char *name, const char *version) {
    void *found = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
    return found ? found : dlsym(RTLD_NEXT, name);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next)
        next = real("clock_gettime", NULL);
    int result = next ? next(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += off();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec precise;
    int result = clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return result;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *now, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

/* Waits until a time of the wall clock: the kernel counts by its own. */
static struct timespec as_the_kernel(const struct timespec *until) {
    struct timespec meant = *until;
    meant.tv_sec -= off();
    return meant;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!next)
        next = real("pthread_cond_timedwait", "GLIBC_2.3.2");
    int monotonic = condition->__data.__wrefs & 2; /* glibc: the condition's own choice of clock */
    struct timespec meant = monotonic ? *until : as_the_kernel(until);
    return next(condition, mutex, &meant);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    static int (*next)(sem_t *, const struct timespec *);
    if (!next)
        next = real("sem_timedwait", NULL);
    struct timespec meant = as_the_kernel(until);
    return next(semaphore, &meant);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until) {
    static int (*next)(pthread_mutex_t *, const struct timespec *);
    if (!next)
        next = real("pthread_mutex_timedlock", NULL);
    struct timespec meant = as_the_kernel(until);
    return next(mutex, &meant);
}
