#include "keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "java.h"
#include "report.h"

#define NAME "pgagent keeper"
#define CANNOT_KEEP 125

static void default_signals(void) {
    sigset_t none;
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Linux before 5.9 does not have the system call, and older headers not its number. */
static bool close_range_of(unsigned from, unsigned to) {
#ifdef SYS_close_range
    return from > to || syscall(SYS_close_range, from, to, 0) == 0;
#else
    (void)from;
    (void)to;
    return false;
#endif
}

static void close_one_by_one(int from, int except) {
    DIR *open_ones = opendir("/proc/self/fd");
    if (open_ones == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(open_ones); entry != NULL; entry = readdir(open_ones)) {
        int open_one = atoi(entry->d_name);
        if (open_one >= from && open_one != except && open_one != dirfd(open_ones)) {
            close(open_one);
        }
    }
    closedir(open_ones);
}

static void close_others(int except) {
    unsigned from = STDERR_FILENO + 1;
    unsigned kept = (unsigned)except;
    if (!close_range_of(from, kept - 1) || !close_range_of(kept + 1, ~0U)) {
        close_one_by_one(STDERR_FILENO + 1, except);
    }
}

/* Leaves nothing of the caller's open: somebody may wait for the end of its output. Returns where `news` is now. */
static int own_descriptors(int log, int news) {
    /* A caller may have closed some of the first three. */
    log = fcntl(log, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    news = fcntl(news, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int nothing = open("/dev/null", O_RDONLY);
    if (log < 0 || news < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0) {
        return -1;
    }
    close_others(news);
    return news;
}

/* Who looks at the processes must not take this one for a wal-push that hangs. */
static void rename_process(const struct command_line *line) {
    prctl(PR_SET_NAME, NAME);
    char *begin = line->argv[0];
    char *end = line->argv[line->argc - 1] + strlen(line->argv[line->argc - 1]);
    size_t room = (size_t)(end - begin);
    size_t length = strlen(NAME) < room ? strlen(NAME) : room;
    memset(begin, 0, room);
    memcpy(begin, NAME, length);
}

static void keep(const struct java_line *java, const struct command_line *line, int log, int news) {
    default_signals();
    setsid();
    news = own_descriptors(log, news);
    if (news < 0) {
        report("raise the limit of open files", "cannot detach the agent: %s", strerror(errno));
        _exit(CANNOT_KEEP);
    }
    if (chdir(line->data_directory) < 0) {
        report("see to the data directory", "cannot enter %s: %s", line->data_directory, strerror(errno));
        _exit(CANNOT_KEEP);
    }
    pid_t agent = java_start(java);
    if (agent < 0) {
        _exit(CANNOT_KEEP);
    }
    rename_process(line);
    int status = java_wait(agent);

    /* The caller has long gone, as a rule. */
    signal(SIGPIPE, SIG_IGN);
    ssize_t told = write(news, &status, sizeof status);
    (void)told;
    _exit(0);
}

bool keeper_start(struct keeper *keeper, const struct java_line *java, const struct command_line *line, int log) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        report("raise the limits of open files", "cannot make a pipe: %s", strerror(errno));
        return false;
    }
    /* Whoever started us may ignore it, and the keeper's end would then be lost. */
    signal(SIGCHLD, SIG_DFL);
    pid_t process = fork();
    if (process == 0) {
        keep(java, line, log, ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
        report("raise the limit of processes of this user", "cannot start a process: %s", strerror(errno));
        close(ends[0]);
        return false;
    }
    *keeper = (struct keeper){.process = process, .news = ends[0]};
    return true;
}

bool keeper_has_news(struct keeper *keeper, deadline end, int *status) {
    if (!deadline_wait(end, keeper->news, POLLIN)) {
        return false;
    }
    int agent_status;
    int keeper_status = 0;
    ssize_t length = read(keeper->news, &agent_status, sizeof agent_status);
    while (waitpid(keeper->process, &keeper_status, 0) < 0 && errno == EINTR) {
    }
    /* A keeper that could not start anything has nothing to tell but its own end. */
    *status = length == sizeof agent_status ? agent_status : keeper_status;
    keeper_leave_alone(keeper);
    return true;
}

void keeper_leave_alone(struct keeper *keeper) {
    close(keeper->news);
    keeper->news = -1;
}
