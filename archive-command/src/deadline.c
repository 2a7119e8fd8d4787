#include "deadline.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

deadline deadline_in(int milliseconds) {
    return now() + milliseconds;
}

bool deadline_has_passed(deadline end) {
    return now() >= end;
}

bool deadline_wait(deadline end, int fd, short events) {
    struct pollfd watched = {.fd = fd, .events = events};
    while (true) {
        long long left = end - now();
        int ready = poll(&watched, 1, left > 0 ? (int)left : 0);
        if (ready > 0) {
            return true;
        }
        if ((ready == 0 || errno != EINTR) && deadline_has_passed(end)) {
            return false;
        }
    }
}
