#include "agent_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent_directory.h"
#include "report.h"

#define LAST_LINES_MAX 3

static int open_for_writing(int directory) {
    return openat(directory, AGENT_LOG, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);
}

int agent_log_open(int directory, const char *data_directory, off_t *end) {
    struct stat found;
    int log = open_for_writing(directory);
    if (log >= 0 && fstat(log, &found) == 0 && found.st_size > AGENT_LOG_BYTES_MAX &&
        renameat(directory, AGENT_LOG, directory, AGENT_LOG_OLD) == 0) {
        close(log);
        log = open_for_writing(directory);
    }
    if (log < 0 || fstat(log, &found) < 0) {
        report("let this user write there", "cannot write %s/" AGENT_DIRECTORY "/" AGENT_LOG ": %s", data_directory,
               strerror(errno));
        if (log >= 0) {
            close(log);
        }
        return -1;
    }
    *end = found.st_size;
    return log;
}

static char *trim_line_ends(char *text, char *end) {
    while (end > text && (end[-1] == '\n' || end[-1] == '\r')) {
        end--;
    }
    *end = '\0';
    return end;
}

/* Where the last lines of the text begin. */
static char *begin_of_last_lines(char *text, char *end) {
    int lines = 0;
    char *at = end;
    while (at > text) {
        bool line_begins = at[-1] == '\n';
        bool line_is_empty = *at == '\n' || *at == '\0';
        if (line_begins && !line_is_empty && ++lines == LAST_LINES_MAX) {
            return at;
        }
        at--;
    }
    return text;
}

void agent_log_last_lines(int directory, off_t from, char *text, size_t room) {
    *text = '\0';
    struct stat found;
    int log = openat(directory, AGENT_LOG, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (log < 0) {
        return;
    }
    if (fstat(log, &found) == 0) {
        off_t tail = found.st_size - (off_t)(room - 1);
        ssize_t length = pread(log, text, room - 1, tail > from ? tail : from);
        char *end = trim_line_ends(text, text + (length > 0 ? length : 0));
        memmove(text, begin_of_last_lines(text, end), strlen(begin_of_last_lines(text, end)) + 1);
    }
    close(log);
}
