#include "java_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "environment.h"
#include "report.h"
#include "workers.h"

#define RUNTIME "runtime/bin/java"
#define PROGRAM "lib/pgagent.jar"
#define AOT_CACHE "lib/pgagent.aot"
#define CDS_ARCHIVE "lib/pgagent.jsa"
#define NATIVE_LIBRARIES "lib/native"

#define BLANKS " \t\r\n"
#define EXTRA_OPTIONS_MAX 64
#define OWN_WORDS_MAX 10

/* What java-data.options has, and what each worker needs that comes on top: Workers.java knows why. */
#define USUAL_WORKERS 4
#define HEAP_MIB 128
#define HEAP_MIB_EACH 13
#define DIRECT_MIB 96
#define DIRECT_MIB_EACH 2

#define FREE_MEMORY "free some memory on this host"

static void add(struct java_line *line, const char *word) {
    line->words[line->count++] = word;
}

/* Makes an option out of a prefix and a path of the distribution, and adds it. */
static void add_option(struct java_line *line, char *text, const char *prefix, const struct distribution *distribution,
                       const char *relative) {
    char path[PATH_ROOM];
    distribution_path(distribution, relative, path);
    snprintf(text, JAVA_TEXT_ROOM, "%s%s", prefix, path);
    add(line, text);
}

static void add_cache(struct java_line *line, const struct distribution *distribution) {
    if (distribution_has(distribution, AOT_CACHE)) {
        add_option(line, line->cache, "-XX:AOTCache=", distribution, AOT_CACHE);
    } else if (distribution_has(distribution, CDS_ARCHIVE)) {
        add_option(line, line->cache, "-XX:SharedArchiveFile=", distribution, CDS_ARCHIVE);
    }
}

static void add_room_for_workers(struct java_line *line, const char *const words[], size_t count) {
    int more = workers_asked(words, count) - USUAL_WORKERS;
    if (more > 0) {
        snprintf(line->heap, JAVA_TEXT_ROOM, "-Xmx%dm", HEAP_MIB + more * HEAP_MIB_EACH);
        add(line, line->heap);
        snprintf(line->direct, JAVA_TEXT_ROOM, "-XX:MaxDirectMemorySize=%dm", DIRECT_MIB + more * DIRECT_MIB_EACH);
        add(line, line->direct);
    }
}

/* Blanks separate the words; quotes mean nothing. False, after a report, when there are too many. */
static bool add_extra_options(struct java_line *line) {
    const char *given = getenv(JAVA_OPTS_VARIABLE);
    line->extra = strdup(given == NULL ? "" : given);
    if (line->extra == NULL) {
        report(FREE_MEMORY, "out of memory");
        return false;
    }
    int count = 0;
    for (char *word = strtok(line->extra, BLANKS); word != NULL; word = strtok(NULL, BLANKS)) {
        if (count++ == EXTRA_OPTIONS_MAX) {
            report("shorten " JAVA_OPTS_VARIABLE, JAVA_OPTS_VARIABLE " has more than %d words", EXTRA_OPTIONS_MAX);
            return false;
        }
        add(line, word);
    }
    return true;
}

bool java_line_make(struct java_line *line, const struct distribution *distribution, const struct verb *verb,
                    const char *const words[], size_t count) {
    line->count = 0;
    line->extra = NULL;
    line->words = calloc(count + OWN_WORDS_MAX + EXTRA_OPTIONS_MAX + 1, sizeof *line->words);
    if (line->words == NULL) {
        report(FREE_MEMORY, "out of memory");
        return false;
    }
    distribution_path(distribution, RUNTIME, line->java);
    distribution_path(distribution, PROGRAM, line->program);
    add(line, line->java);

    char options_file[PATH_ROOM];
    snprintf(options_file, sizeof options_file, "lib/%s", verb->options_file);
    add_option(line, line->options_file, "@", distribution, options_file);
    add_option(line, line->libraries, "-Djava.library.path=", distribution, NATIVE_LIBRARIES);
    add_cache(line, distribution);
    if (verb_moves_data(verb)) {
        add_room_for_workers(line, words, count);
    }
    if (verb->contract == CONTRACT_RESTORE_COMMAND) {
        snprintf(line->absent, sizeof line->absent, "-Dpgagent.exit.absent=%d", PROVEN_ABSENT);
        add(line, line->absent);
    }
    if (!add_extra_options(line)) {
        java_line_free(line);
        return false;
    }
    add(line, "-jar");
    add(line, line->program);
    for (size_t w = 0; w < count; w++) {
        add(line, words[w]);
    }
    return true;
}

void java_line_free(struct java_line *line) {
    free(line->extra);
    free(line->words);
}
