#include "java.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define RUNTIME "runtime/bin/java"
#define PROGRAM "lib/pgagent.jar"
#define AOT_CACHE "lib/pgagent.aot"
#define CDS_ARCHIVE "lib/pgagent.jsa"
#define NATIVE_LIBRARIES "lib/native"

#define EXTRA_OPTIONS "PGAGENT_JAVA_OPTS"
#define BLANKS " \t\r\n"
#define EXTRA_OPTIONS_MAX 64
#define OWN_ARGUMENTS_MAX 8

#define FREE_MEMORY "free some memory on this host"

#define LAUNCH_FAILED 125
#define DOUBT 126

/*
 * A virtual machine that cannot start exits with 1, and so does one that a defect ends. For restore_command 1 would mean
 * that the archive ends here, and recovery would stop too early without a word. So the Java program is asked to say
 * "proven absent" with a status that no virtual machine gives.
 */
#define PROVEN_ABSENT 120

/* Longest text made here: an option's name in front of a path. */
#define TEXT_ROOM (PATH_ROOM + 64)

struct command_line {
    char **values; /* ends with NULL */
    size_t count;
    char java[PATH_ROOM];
    char program[PATH_ROOM];
    char options_file[TEXT_ROOM];
    char libraries[TEXT_ROOM];
    char cache[TEXT_ROOM];
    char absent[TEXT_ROOM];
};

static void add(struct command_line *line, char *value) {
    line->values[line->count++] = value;
}

/* Makes an option out of a prefix and a path of the distribution, and adds it. */
static void add_option(struct command_line *line, char *text, const char *prefix, const struct distribution *distribution,
                       const char *relative) {
    char path[PATH_ROOM];
    distribution_path(distribution, relative, path);
    snprintf(text, TEXT_ROOM, "%s%s", prefix, path);
    add(line, text);
}

static void add_cache(struct command_line *line, const struct distribution *distribution) {
    if (distribution_has(distribution, AOT_CACHE)) {
        add_option(line, line->cache, "-XX:AOTCache=", distribution, AOT_CACHE);
    } else if (distribution_has(distribution, CDS_ARCHIVE)) {
        add_option(line, line->cache, "-XX:SharedArchiveFile=", distribution, CDS_ARCHIVE);
    }
}

/* Blanks separate the words; quotes mean nothing. False, after a report, when there are too many. */
static bool add_extra_options(struct command_line *line) {
    const char *given = getenv(EXTRA_OPTIONS);
    char *words = strdup(given == NULL ? "" : given);
    if (words == NULL) {
        report(FREE_MEMORY, "out of memory");
        return false;
    }
    int count = 0;
    for (char *word = strtok(words, BLANKS); word != NULL; word = strtok(NULL, BLANKS)) {
        if (count++ == EXTRA_OPTIONS_MAX) {
            report("shorten " EXTRA_OPTIONS, EXTRA_OPTIONS " has more than %d words", EXTRA_OPTIONS_MAX);
            return false;
        }
        add(line, word);
    }
    return true;
}

static bool fill(struct command_line *line, const struct distribution *distribution, const struct verb *verb, int argc,
                 char *const argv[]) {
    distribution_path(distribution, RUNTIME, line->java);
    distribution_path(distribution, PROGRAM, line->program);
    add(line, line->java);

    char options_file[PATH_ROOM];
    snprintf(options_file, sizeof options_file, "lib/%s", verb->options_file);
    add_option(line, line->options_file, "@", distribution, options_file);
    add_option(line, line->libraries, "-Djava.library.path=", distribution, NATIVE_LIBRARIES);
    add_cache(line, distribution);
    if (verb->contract == CONTRACT_RESTORE_COMMAND) {
        snprintf(line->absent, sizeof line->absent, "-Dpgagent.exit.absent=%d", PROVEN_ABSENT);
        add(line, line->absent);
    }
    if (!add_extra_options(line)) {
        return false;
    }
    add(line, "-jar");
    add(line, line->program);
    for (int a = 1; a < argc; a++) {
        add(line, argv[a]);
    }
    return true;
}

/* Java takes the encoding of file names from the locale, and options from places meant for other programs. */
static void clean_environment(void) {
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("JAVA_TOOL_OPTIONS");
    unsetenv("JDK_JAVA_OPTIONS");
    unsetenv("_JAVA_OPTIONS");
}

static void become_java(const struct command_line *line) {
    execv(line->java, line->values);
    report("unpack the distribution again; bin/pgagent needs lib/ and runtime/ beside bin/", "cannot start %s: %s",
           line->java, strerror(errno));
}

static volatile sig_atomic_t child;

static void pass_on(int signal_number) {
    if (child > 0) {
        kill(child, signal_number);
    }
}

static int archive_command_status(int status) {
    if (WIFSIGNALED(status)) {
        report("look for the kernel's out-of-memory killer and for a crash of Java in the log", "Java was ended by signal %d",
               WTERMSIG(status));
        return LAUNCH_FAILED;
    }
    return WEXITSTATUS(status);
}

static int restore_command_status(int status) {
    if (WIFSIGNALED(status)) {
        /* As a shell would say it. PostgreSQL takes 143 for its own request to shut down. */
        return 128 + WTERMSIG(status);
    }
    int code = WEXITSTATUS(status);
    if (code == PROVEN_ABSENT) {
        return 1;
    }
    return code == 0 || code >= DOUBT ? code : DOUBT;
}

static int run_and_wait(const struct command_line *line, const struct verb *verb) {
    /* Whoever started us may ignore it, and the end of Java would then be lost. */
    signal(SIGCHLD, SIG_DFL);

    struct sigaction forward = {.sa_handler = pass_on};
    sigset_t passed_on;
    sigset_t before;
    sigemptyset(&passed_on);
    sigaddset(&passed_on, SIGTERM);
    sigaddset(&passed_on, SIGINT);
    sigaddset(&passed_on, SIGHUP);
    sigprocmask(SIG_BLOCK, &passed_on, &before);

    pid_t parent = getpid();
    pid_t started = fork();
    if (started < 0) {
        report("raise the limit of processes of this user", "cannot start a process: %s", strerror(errno));
        return launch_failed(verb);
    }
    if (started == 0) {
        /* Java must not go on alone when PostgreSQL kills us. */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) {
            _exit(launch_failed(verb));
        }
        sigprocmask(SIG_SETMASK, &before, NULL);
        become_java(line);
        _exit(launch_failed(verb));
    }
    child = started;
    sigaction(SIGTERM, &forward, NULL);
    sigaction(SIGINT, &forward, NULL);
    sigaction(SIGHUP, &forward, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);

    int status;
    while (waitpid(started, &status, 0) < 0) {
        if (errno != EINTR) {
            report("run the command again", "lost sight of Java: %s", strerror(errno));
            return launch_failed(verb);
        }
    }
    return verb->contract == CONTRACT_RESTORE_COMMAND ? restore_command_status(status) : archive_command_status(status);
}

int java_run(const struct distribution *distribution, const struct verb *verb, int argc, char *const argv[]) {
    static struct command_line line;
    line.values = calloc((size_t)argc + OWN_ARGUMENTS_MAX + EXTRA_OPTIONS_MAX + 1, sizeof *line.values);
    if (line.values == NULL) {
        report(FREE_MEMORY, "out of memory");
        return launch_failed(verb);
    }
    if (!fill(&line, distribution, verb, argc, argv)) {
        return launch_failed(verb);
    }
    clean_environment();
    if (verb->contract != CONTRACT_NONE) {
        return run_and_wait(&line, verb);
    }
    become_java(&line);
    return launch_failed(verb);
}

int launch_failed(const struct verb *verb) {
    return verb->contract == CONTRACT_RESTORE_COMMAND ? DOUBT : LAUNCH_FAILED;
}
