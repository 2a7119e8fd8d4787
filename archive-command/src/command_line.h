/* What the front program reads out of a wal-push or wal-fetch line. */
#ifndef PGAGENT_COMMAND_LINE_H
#define PGAGENT_COMMAND_LINE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "verbs.h"

#define OPERANDS_MAX 2
#define OPTION_WORDS_MAX 128

struct command_line {
    const struct verb *verb;
    size_t operand_count;
    const char *operands[OPERANDS_MAX]; /* as the protocol wants them: the path is absolute */
    size_t option_count;
    const char *options[OPTION_WORDS_MAX]; /* the words as they stand there */
    size_t setting_count;
    const char *settings[OPTION_WORDS_MAX]; /* those of them that an agent of this data directory can start with */
    char data_directory[PATH_MAX];          /* absolute */
    char path[PATH_MAX];
    int argc;
    char **argv;
};

/*
 * Whether the agent of a data directory can be asked for this; fills the line then. False, without a report, for whatever
 * is not a plain line of one of the two verbs in a data directory of this user: the Java program has the say about that.
 * The line keeps pointers into argv.
 */
bool command_line_read(struct command_line *line, const struct verb *verb, int argc, char *argv[]);

#endif
