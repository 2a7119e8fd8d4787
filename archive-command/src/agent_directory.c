#include "agent_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "report.h"

#define WRITABLE_BY_OTHERS 022
#define ANYTHING_BY_OTHERS 077

/* What nobody but the owner may do is left out of the mode; `forbidden` says which bits those are. */
static bool is_private(int directory, const char *path, mode_t forbidden) {
    struct stat found;
    if (fstat(directory, &found) < 0) {
        report("see to the file system", "cannot look at %s: %s", path, strerror(errno));
        return false;
    }
    if (found.st_uid != geteuid()) {
        report("give it back to the user that the server runs as, and run pgagent as that user",
               "%s belongs to the user with id %u, and this is the user with id %u", path, (unsigned)found.st_uid,
               (unsigned)geteuid());
        return false;
    }
    if ((found.st_mode & forbidden) != 0) {
        report(forbidden == WRITABLE_BY_OTHERS ? "take the right to write away: chmod go-w"
                                               : "take the rights away: chmod 700",
               "%s has mode %04o: others could come between pgagent and its agent", path,
               (unsigned)(found.st_mode & 07777));
        return false;
    }
    return true;
}

static int open_private(const char *path, int flags, mode_t forbidden) {
    int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | flags);
    if (directory < 0) {
        report("it has to be a directory of the user that the server runs as, and no link", "cannot use %s: %s", path,
               strerror(errno));
        return -1;
    }
    if (!is_private(directory, path, forbidden)) {
        close(directory);
        return -1;
    }
    return directory;
}

static bool make_path(char *path, const char *data_directory, const char *relative) {
    if (snprintf(path, PATH_MAX, "%s/%s", data_directory, relative) >= PATH_MAX) {
        report("move the data directory to a shorter path", "the path of %s is too long", data_directory);
        return false;
    }
    return true;
}

int agent_socket_directory_open(const char *data_directory) {
    char path[PATH_MAX];
    if (!make_path(path, data_directory, AGENT_SOCKET_DIRECTORY)) {
        return -1;
    }
    /* initdb makes it, and a server does without; what goes wrong here is said when it is opened. */
    if (access(path, F_OK) < 0) {
        mkdir(path, S_IRWXU);
    }
    return open_private(path, 0, WRITABLE_BY_OTHERS);
}

int agent_directory_open(const char *data_directory) {
    char path[PATH_MAX];
    if (!make_path(path, data_directory, AGENT_DIRECTORY)) {
        return -1;
    }
    if (mkdir(path, S_IRWXU) < 0 && errno != EEXIST) {
        report("pgagent keeps the agent's log and lock there; let this user write to pg_wal", "cannot make %s: %s", path,
               strerror(errno));
        return -1;
    }
    return open_private(path, O_NOFOLLOW, ANYTHING_BY_OTHERS);
}

static bool is_same_user(int connected, const char *data_directory, pid_t *agent) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) {
        report("run the command again", "cannot tell who listens in %s/" AGENT_SOCKET_DIRECTORY ": %s", data_directory,
               strerror(errno));
        return false;
    }
    if (peer.uid != geteuid()) {
        report("end that process: an agent runs as the user that the server runs as",
               "whoever listens in %s/" AGENT_SOCKET_DIRECTORY " (process %d) is the user with id %u, and this is the user"
               " with id %u",
               data_directory, (int)peer.pid, (unsigned)peer.uid, (unsigned)geteuid());
        return false;
    }
    *agent = peer.pid;
    return true;
}

static enum connection not_connected(const char *data_directory) {
    switch (errno) {
        case ENOENT:
        case ECONNREFUSED:
            return CONNECTION_NOBODY;
        case EAGAIN:
            return CONNECTION_QUEUED;
        default:
            report("remove what lies there, if it is not the socket of an agent",
                   "cannot connect to %s/" AGENT_SOCKET_DIRECTORY "/" AGENT_SOCKET ": %s", data_directory,
                   strerror(errno));
            return CONNECTION_REFUSED;
    }
}

enum connection agent_connect(int directory, const char *data_directory, int *connected, pid_t *agent) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/" AGENT_SOCKET, directory);
    *connected = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*connected < 0) {
        report("raise the limits of open files", "cannot make a socket: %s", strerror(errno));
        return CONNECTION_REFUSED;
    }
    enum connection result = CONNECTION_MADE;
    if (connect(*connected, (const struct sockaddr *)&address, sizeof address) < 0) {
        result = not_connected(data_directory);
    } else if (!is_same_user(*connected, data_directory, agent)) {
        result = CONNECTION_REFUSED;
    }
    if (result != CONNECTION_MADE) {
        close(*connected);
        *connected = -1;
    }
    return result;
}
