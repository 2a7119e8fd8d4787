/* The line that starts the Java program of this distribution. */
#ifndef PGAGENT_JAVA_LINE_H
#define PGAGENT_JAVA_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "distribution.h"
#include "verbs.h"

/*
 * A virtual machine that cannot start exits with 1, and so does one that a defect ends. For restore_command 1 would mean
 * that the archive ends here, and recovery would stop too early without a word. So the Java program is asked to say
 * "proven absent" with a status that no virtual machine gives.
 */
#define PROVEN_ABSENT 120

/* Longest text made here: an option's name in front of a path. */
#define JAVA_TEXT_ROOM (PATH_ROOM + 64)

struct java_line {
    const char **words; /* ends with NULL */
    size_t count;
    char *extra; /* the words of PGAGENT_JAVA_OPTS */
    char java[PATH_ROOM];
    char program[PATH_ROOM];
    char options_file[JAVA_TEXT_ROOM];
    char libraries[JAVA_TEXT_ROOM];
    char cache[JAVA_TEXT_ROOM];
    char absent[JAVA_TEXT_ROOM];
    char heap[JAVA_TEXT_ROOM];
    char direct[JAVA_TEXT_ROOM];
};

/*
 * Fills the line for this verb; the `count` words that follow the program's jar are not copied and must outlive the line.
 * False, after a report, when memory or PGAGENT_JAVA_OPTS does not allow it; there is nothing to free
 * then.
 */
bool java_line_make(struct java_line *line, const struct distribution *distribution, const struct verb *verb,
                    const char *const words[], size_t count);

void java_line_free(struct java_line *line);

#endif
