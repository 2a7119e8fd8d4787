/* Where the unpacked distribution lies: bin/, lib/ and runtime/ side by side. */
#ifndef PGAGENT_DISTRIBUTION_H
#define PGAGENT_DISTRIBUTION_H

#include <limits.h>
#include <stdbool.h>

/* Room for the longest path below the distribution. */
#define PATH_ROOM (PATH_MAX + 64)

struct distribution {
    char root[PATH_MAX];
};

/*
 * Finds the distribution that this program belongs to, through any symbolic links. False, after a report, when the
 * program does not lie in a directory bin of a distribution.
 */
bool distribution_find(struct distribution *found);

/* Writes the path of a file of the distribution into `path`, which has PATH_ROOM bytes. */
void distribution_path(const struct distribution *distribution, const char *relative, char *path);

/* Whether the distribution has that file, and this user may read it. */
bool distribution_has(const struct distribution *distribution, const char *relative);

#endif
