/* The table of what pgagent can be asked to do, as far as the front program must know it. */
#ifndef PGAGENT_VERBS_H
#define PGAGENT_VERBS_H

#include <stdbool.h>

/* Above it PostgreSQL's archiver ends, to be started anew (pgarch.c). */
#define ARCHIVE_COMMAND_STATUS_MAX 125

/* From it on, recovery stops instead of going on without the file (xlogarchive.c). */
#define RESTORE_COMMAND_DOUBT 126

/* A recovery takes it for the end of the archive; a standby asks again. */
#define RESTORE_COMMAND_NOT_IN_ARCHIVE 1

/* Of wal-fetch: whoever asks follows for ever. */
#define STANDBY_OPTION "--standby"

/* How the exit status of the Java program reaches whoever started us. */
enum contract {
    CONTRACT_NONE,            /* as it is */
    CONTRACT_ARCHIVE_COMMAND, /* 0 = stored, 1 to 125 = try again; more would restart PostgreSQL's archiver */
    CONTRACT_RESTORE_COMMAND  /* 0 = here it is, 1 = proven absent, 126 and more = doubt; see restore_command_doubt */
};

struct verb {
    const char *name;
    const char *options_file; /* in lib/: the options that Java starts with */
    enum contract contract;
};

/* The verb of that name; for a name that none has, the entry of a short control command. */
const struct verb *verb_named(const char *name);

/*
 * The verb that a command line names: the first argument that is one. A command line without any (--version, a typing
 * error) gets the entry of a short control command; the Java program has the say about what it means.
 */
const struct verb *verb_of(int argc, char *const argv[]);

/* Whether it has workers that carry content to the store or from it. */
bool verb_moves_data(const struct verb *verb);

/*
 * The exit status of a wal-fetch when nobody has answered it, neither an agent nor the Java program. A doubt would end a
 * standby, which would have asked again; so a line that says --standby gets the status of a file that is not there.
 */
int restore_command_doubt(int argc, char *const argv[]);

#endif
