/* How long a step may take, on the clock that nobody sets. */
#ifndef PGAGENT_DEADLINE_H
#define PGAGENT_DEADLINE_H

#include <stdbool.h>

/* docs/wal-protocol.md; the tests are built with shorter ones. */
#ifndef CONNECTING_MS_MAX
#define CONNECTING_MS_MAX 30000
#endif
#ifndef SENDING_MS_MAX
#define SENDING_MS_MAX 10000
#endif
#ifndef SILENCE_MS_MAX
#define SILENCE_MS_MAX 20000
#endif

/* A moment of CLOCK_MONOTONIC in milliseconds. */
typedef long long deadline;

deadline deadline_in(int milliseconds);

bool deadline_has_passed(deadline end);

/* Waits until the file descriptor is ready for `events` of poll(), or broken; false when the deadline comes first. */
bool deadline_wait(deadline end, int fd, short events);

#endif
