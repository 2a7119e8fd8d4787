#include "verbs.h"

#include <stddef.h>
#include <string.h>

/*
 * Commands that end in a second start quicker with the first compiler alone; commands that move data need both,
 * and the resident agent has options of its own.
 */
#define CONTROL "java-control.options"
#define DATA "java-data.options"
#define AGENT "java-agent.options"

static const struct verb verbs[] = {
    {"init", CONTROL, CONTRACT_NONE},
    {"backup", DATA, CONTRACT_NONE},
    {"restore", DATA, CONTRACT_NONE},
    {"wal-push", CONTROL, CONTRACT_ARCHIVE_COMMAND},
    {"wal-fetch", CONTROL, CONTRACT_RESTORE_COMMAND},
    {"show", CONTROL, CONTRACT_NONE},
    {"can-restore", CONTROL, CONTRACT_NONE},
    {"check", CONTROL, CONTRACT_NONE},
    {"config", CONTROL, CONTRACT_NONE},
    {"version", CONTROL, CONTRACT_NONE},
    {"serve", AGENT, CONTRACT_NONE},
    {"status", CONTROL, CONTRACT_NONE},
    {"adopt", CONTROL, CONTRACT_NONE},
    {"validate", DATA, CONTRACT_NONE},
    {"delete", DATA, CONTRACT_NONE},
    {"expire", DATA, CONTRACT_NONE},
    {"pin", CONTROL, CONTRACT_NONE},
    {"unpin", CONTROL, CONTRACT_NONE},
    {"purge", DATA, CONTRACT_NONE},
    {"compact", DATA, CONTRACT_NONE},
};

static const struct verb no_verb = {"", CONTROL, CONTRACT_NONE};

const struct verb *verb_named(const char *name) {
    for (size_t v = 0; v < sizeof verbs / sizeof *verbs; v++) {
        if (strcmp(name, verbs[v].name) == 0) {
            return &verbs[v];
        }
    }
    return &no_verb;
}

const struct verb *verb_of(int argc, char *const argv[]) {
    for (int a = 1; a < argc; a++) {
        const struct verb *verb = verb_named(argv[a]);
        if (verb != &no_verb) {
            return verb;
        }
    }
    return &no_verb;
}

bool verb_moves_data(const struct verb *verb) {
    return strcmp(verb->options_file, DATA) == 0;
}

int restore_command_doubt(int argc, char *const argv[]) {
    for (int a = 1; a < argc && strcmp(argv[a], "--") != 0; a++) {
        if (strcmp(argv[a], STANDBY_OPTION) == 0) {
            return RESTORE_COMMAND_NOT_IN_ARCHIVE;
        }
    }
    return RESTORE_COMMAND_DOUBT;
}
