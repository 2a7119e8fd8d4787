#include "java.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define LAUNCH_FAILED ARCHIVE_COMMAND_STATUS_MAX

/* Java takes the encoding of file names from the locale, and options from places meant for other programs. */
static void clean_environment(void) {
    setenv("LC_ALL", "C.UTF-8", 1);
    /* Else glibc keeps an arena for each thread, several MiB that nobody uses. */
    setenv("MALLOC_ARENA_MAX", "1", 0);
    unsetenv("JAVA_TOOL_OPTIONS");
    unsetenv("JDK_JAVA_OPTIONS");
    unsetenv("_JAVA_OPTIONS");
}

static void become_java(const struct java_line *line) {
    clean_environment();
    execv(line->java, (char *const *)line->words);
    report("unpack the distribution again; bin/pgagent needs lib/ and runtime/ beside bin/", "cannot start %s: %s",
           line->java, strerror(errno));
}

static volatile sig_atomic_t child;

static void pass_on(int signal_number) {
    if (child > 0) {
        kill(child, signal_number);
    }
}

pid_t java_start(const struct java_line *line) {
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
        sigprocmask(SIG_SETMASK, &before, NULL);
        return -1;
    }
    if (started == 0) {
        /* Java must not go on alone when PostgreSQL kills us. */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) {
            _exit(LAUNCH_FAILED);
        }
        sigprocmask(SIG_SETMASK, &before, NULL);
        become_java(line);
        _exit(LAUNCH_FAILED);
    }
    child = started;
    sigaction(SIGTERM, &forward, NULL);
    sigaction(SIGINT, &forward, NULL);
    sigaction(SIGHUP, &forward, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return started;
}

int java_wait(pid_t started) {
    int status;
    while (waitpid(started, &status, 0) < 0) {
        if (errno != EINTR) {
            report("run the command again", "lost sight of Java: %s", strerror(errno));
            return -1;
        }
    }
    return status;
}

static int archive_command_status(int status) {
    if (WIFSIGNALED(status)) {
        report("look for the kernel's out-of-memory killer and for a crash of Java in the log", "Java was ended by signal %d",
               WTERMSIG(status));
        return LAUNCH_FAILED;
    }
    return WEXITSTATUS(status);
}

static bool is_request_to_stop(int signal_number) {
    return signal_number == SIGTERM || signal_number == SIGINT || signal_number == SIGHUP;
}

/* The Java program gives 0, what was agreed for a file that is absent, or 126 and more. All else is the runtime's. */
static int restore_command_status(int status, int doubt) {
    if (WIFSIGNALED(status)) {
        /* As a shell would say it. PostgreSQL takes 143 for its own request to shut down. */
        bool tells_signal = doubt == RESTORE_COMMAND_DOUBT || is_request_to_stop(WTERMSIG(status));
        return tells_signal ? 128 + WTERMSIG(status) : doubt;
    }
    int code = WEXITSTATUS(status);
    if (code == PROVEN_ABSENT) {
        return RESTORE_COMMAND_NOT_IN_ARCHIVE;
    }
    return code == 0 || code >= RESTORE_COMMAND_DOUBT ? code : doubt;
}

static int run_and_wait(const struct java_line *line, const struct verb *verb, int failed) {
    pid_t started = java_start(line);
    int status = started < 0 ? -1 : java_wait(started);
    if (status < 0) {
        return failed;
    }
    return verb->contract == CONTRACT_RESTORE_COMMAND ? restore_command_status(status, failed)
                                                      : archive_command_status(status);
}

int java_run(const struct distribution *distribution, const struct verb *verb, int argc, char *const argv[]) {
    static struct java_line line;
    const char *const *words = (const char *const *)argv;
    int failed = launch_failed(verb, argc, argv);
    /* Even the program's own name may be missing. */
    size_t count = argc > 1 ? (size_t)argc - 1 : 0;
    if (!java_line_make(&line, distribution, verb, count == 0 ? NULL : words + 1, count)) {
        return failed;
    }
    if (verb->contract != CONTRACT_NONE) {
        return run_and_wait(&line, verb, failed);
    }
    become_java(&line);
    return failed;
}

int launch_failed(const struct verb *verb, int argc, char *const argv[]) {
    return verb->contract == CONTRACT_RESTORE_COMMAND ? restore_command_doubt(argc, argv) : LAUNCH_FAILED;
}
