#include "agent_start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_directory.h"
#include "agent_log.h"
#include "distribution.h"
#include "report.h"

#define OWN_WORDS 4
#define STARTS_MAX 3
#define LAST_LINES_ROOM 4096

#define LOG_HINT "its log is %s/" AGENT_DIRECTORY "/" AGENT_LOG
#define HINT_ROOM (PATH_MAX + 128)

void agent_start_begin(struct agent_start *start, const struct command_line *line) {
    *start = (struct agent_start){.line = line, .stage = START_NOT_MINE, .directory = -1, .lock = -1, .keeper.news = -1};
}

static bool open_lock(struct agent_start *start) {
    if (start->directory < 0) {
        start->directory = agent_directory_open(start->line->data_directory);
    }
    if (start->directory >= 0 && start->lock < 0) {
        start->lock = openat(start->directory, START_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (start->lock < 0) {
            report("let this user write there", "cannot open %s/" AGENT_DIRECTORY "/" START_LOCK ": %s",
                   start->line->data_directory, strerror(errno));
        }
    }
    return start->lock >= 0;
}

static bool take_lock(struct agent_start *start) {
    if (!open_lock(start)) {
        return false;
    }
    if (flock(start->lock, LOCK_EX | LOCK_NB) == 0) {
        start->stage = START_MINE;
    } else if (errno != EWOULDBLOCK && errno != EINTR) {
        report("see to the file system", "cannot lock %s/" AGENT_DIRECTORY "/" START_LOCK ": %s",
               start->line->data_directory, strerror(errno));
        return false;
    }
    return true;
}

/* Whether an agent lives that does not listen: one that has just begun, or one that is about to end. */
static bool agent_lives(struct agent_start *start) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int file = openat(start->directory, AGENT_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    bool held = fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(file);
    start->holder = held ? lock.l_pid : 0;
    return held;
}

static bool make_java_line(struct java_line *java, const struct command_line *line) {
    struct distribution distribution;
    const char *words[OWN_WORDS + OPTION_WORDS_MAX] = {"serve", "--by-command", "--pgdata", line->data_directory};
    memcpy(words + OWN_WORDS, line->settings, line->setting_count * sizeof *words);
    return distribution_find(&distribution) &&
           java_line_make(java, &distribution, verb_named(words[0]), words, OWN_WORDS + line->setting_count);
}

static bool start_now(struct agent_start *start) {
    static struct java_line java;
    int log = agent_log_open(start->directory, start->line->data_directory, &start->log_end);
    if (log < 0) {
        return false;
    }
    bool started = false;
    if (make_java_line(&java, start->line)) {
        started = keeper_start(&start->keeper, &java, start->line, log);
        java_line_free(&java);
    }
    close(log);
    start->starts++;
    start->stage = START_DONE;
    return started;
}

bool agent_start_step(struct agent_start *start) {
    switch (start->stage) {
        case START_NOT_MINE:
            return take_lock(start);
        case START_MINE:
            return agent_lives(start) || start_now(start);
        case START_DONE:
            break;
    }
    return true;
}

static void report_end(const struct agent_start *start, int status) {
    char lines[LAST_LINES_ROOM];
    char hint[HINT_ROOM];
    agent_log_last_lines(start->directory, start->log_end, lines, sizeof lines);
    snprintf(hint, sizeof hint, LOG_HINT, start->line->data_directory);
    report(hint, "the agent of %s %s %d before it listened%s%s", start->line->data_directory,
           WIFSIGNALED(status) ? "was ended by signal" : "ended with exit status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), *lines == '\0' ? "; it said nothing" : "; it said:\n",
           lines);
}

bool agent_start_wait(struct agent_start *start, deadline end) {
    int status;
    if (start->stage != START_DONE) {
        deadline_wait(end, -1, 0);
        return true;
    }
    if (!keeper_has_news(&start->keeper, end, &status)) {
        return true;
    }
    /* An agent that finds another one alive has nothing to do, and says so with 0. */
    if (status == 0 && start->starts < STARTS_MAX) {
        start->stage = START_MINE;
        return true;
    }
    report_end(start, status);
    return false;
}

void agent_start_report_late(const struct agent_start *start) {
    const char *data_directory = start->line->data_directory;
    char hint[HINT_ROOM];
    snprintf(hint, sizeof hint, LOG_HINT, data_directory);
    if (start->holder > 0) {
        report(hint, "the agent of %s, process %d, lives, but has not listened for %d s", data_directory,
               (int)start->holder, CONNECTING_MS_MAX / 1000);
    } else if (start->stage == START_NOT_MINE) {
        report(hint, "the agent of %s, which another command is starting, did not listen within %d s", data_directory,
               CONNECTING_MS_MAX / 1000);
    } else {
        report(hint, "the agent of %s did not listen within %d s", data_directory, CONNECTING_MS_MAX / 1000);
    }
}

static void close_if_open(int *descriptor) {
    if (*descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
}

void agent_start_end(struct agent_start *start) {
    close_if_open(&start->keeper.news);
    close_if_open(&start->lock);
    close_if_open(&start->directory);
}
