#include "agent_reach.h"

#include <stdbool.h>
#include <unistd.h>

#include "agent_directory.h"
#include "agent_start.h"
#include "deadline.h"
#include "report.h"

/* Long enough to leave the processor to the agent that starts. */
#define PAUSE_MS 10

struct reaching {
    const struct command_line *line;
    int directory;
    pid_t leaving;
    pid_t agent;
    int connected;
    enum connection last;
    struct agent_start start;
};

/* Tries to connect. False, after a report, when more tries would be of no use. */
static bool try_to_connect(struct reaching *reaching) {
    reaching->last =
        agent_connect(reaching->directory, reaching->line->data_directory, &reaching->connected, &reaching->agent);
    if (reaching->last == CONNECTION_MADE && reaching->leaving != 0 && reaching->agent == reaching->leaving) {
        close(reaching->connected);
        reaching->connected = -1;
    }
    return reaching->last != CONNECTION_REFUSED;
}

static void report_late(const struct reaching *reaching) {
    const char *data_directory = reaching->line->data_directory;
    switch (reaching->last) {
        case CONNECTION_MADE:
            report("end that process", "the agent of %s, process %d, said that it leaves, and is still there after %d s",
                   data_directory, (int)reaching->leaving, CONNECTING_MS_MAX / 1000);
            break;
        case CONNECTION_QUEUED:
            report("see what keeps the agent busy, with: pgagent status",
                   "the agent of %s has taken no new connection for %d s", data_directory, CONNECTING_MS_MAX / 1000);
            break;
        case CONNECTION_NOBODY:
        case CONNECTION_REFUSED:
            agent_start_report_late(&reaching->start);
            break;
    }
}

static bool wait_a_moment(struct reaching *reaching, deadline end) {
    if (deadline_has_passed(end)) {
        report_late(reaching);
        return false;
    }
    return agent_start_wait(&reaching->start, deadline_in(PAUSE_MS));
}

/* Starts an agent if there is none. Whoever has just got the lock looks once more before it does. */
static bool get_it_started(struct reaching *reaching, deadline end) {
    enum start_stage before = reaching->start.stage;
    if (reaching->last == CONNECTION_NOBODY && !agent_start_step(&reaching->start)) {
        return false;
    }
    bool just_locked = before == START_NOT_MINE && reaching->start.stage == START_MINE;
    return just_locked || wait_a_moment(reaching, end);
}

int agent_reach(const struct command_line *line, pid_t leaving, pid_t *agent) {
    struct reaching reaching = {.line = line, .leaving = leaving, .connected = -1};
    deadline end = deadline_in(CONNECTING_MS_MAX);
    agent_start_begin(&reaching.start, line);
    reaching.directory = agent_socket_directory_open(line->data_directory);
    if (reaching.directory < 0) {
        return -1;
    }
    while (try_to_connect(&reaching) && reaching.connected < 0 && get_it_started(&reaching, end)) {
    }
    agent_start_end(&reaching.start);
    close(reaching.directory);
    *agent = reaching.agent;
    return reaching.connected;
}
