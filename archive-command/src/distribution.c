#include "distribution.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

#define UNPACK_AGAIN "unpack the distribution again; bin/pgagent needs lib/ and runtime/ beside bin/"

/* Cuts the last part off a path; false when there is none. */
static bool cut(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}

bool distribution_find(struct distribution *found) {
    ssize_t length = readlink("/proc/self/exe", found->root, sizeof found->root - 1);
    if (length < 0) {
        report("pgagent needs /proc to find its own files; mount it", "cannot read /proc/self/exe: %s", strerror(errno));
        return false;
    }
    found->root[length] = '\0';

    /* An upgrade that replaces this file while it runs makes the kernel add " (deleted)"; cutting the name drops it. */
    if (!cut(found->root) || !cut(found->root)) {
        report(UNPACK_AGAIN, "%s/pgagent does not lie in a distribution", found->root);
        return false;
    }
    return true;
}

void distribution_path(const struct distribution *distribution, const char *relative, char *path) {
    snprintf(path, PATH_ROOM, "%s/%s", distribution->root, relative);
}

bool distribution_has(const struct distribution *distribution, const char *relative) {
    char path[PATH_ROOM];
    distribution_path(distribution, relative, path);
    return access(path, R_OK) == 0;
}
