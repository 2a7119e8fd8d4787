#include "agent_client.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent_directory.h"
#include "agent_reach.h"
#include "deadline.h"
#include "environment.h"
#include "exchange.h"
#include "report.h"
#include "wire.h"

#define ASKED_AGAIN_MAX 3

/* A process that dies closes one thing after the other, and may seem to listen a moment longer. */
#define PAUSE_MS 100

#define TRY_AGAIN 1

static bool is_fetch(const struct command_line *line) {
    return line->verb->contract == CONTRACT_RESTORE_COMMAND;
}

/* The status when no agent has answered. */
static int failed(const struct command_line *line) {
    return is_fetch(line) ? restore_command_doubt(line->argc, line->argv) : TRY_AGAIN;
}

/* Whatever the other side says, the contract is kept: see enum contract. */
static int within_contract(const struct command_line *line, int status) {
    if (is_fetch(line)) {
        return status > 1 && status < RESTORE_COMMAND_DOUBT ? RESTORE_COMMAND_DOUBT : status;
    }
    return status > ARCHIVE_COMMAND_STATUS_MAX ? TRY_AGAIN : status;
}

static bool make_request(struct request *request, const struct command_line *line) {
    request_begin(request, is_fetch(line) ? WIRE_WAL_FETCH : WIRE_WAL_PUSH);
    request_begin_list(request);
    for (size_t o = 0; o < line->operand_count; o++) {
        request_add(request, line->operands[o]);
    }
    request_begin_list(request);
    for (size_t o = 0; o < line->option_count; o++) {
        request_add(request, line->options[o]);
    }
    request_begin_list(request);
    for (char **variable = environ; *variable != NULL; variable++) {
        if (is_for_agent(*variable)) {
            request_add(request, *variable);
        }
    }
    if (!request_end(request)) {
        report("shorten the options, or the variables PGAGENT_... of the environment",
               "the request to the agent is longer than %d bytes", WIRE_BODY_BYTES_MAX);
        return false;
    }
    return true;
}

static void say(const struct answer *answer) {
    if (answer->message_bytes > 0) {
        /* The status counts, even if nobody wants to hear more. */
        signal(SIGPIPE, SIG_IGN);
    }
    for (size_t said = 0; said < answer->message_bytes;) {
        ssize_t now = write(STDERR_FILENO, answer->message + said, answer->message_bytes - said);
        if (now < 0 && errno != EINTR) {
            return;
        }
        said += now > 0 ? (size_t)now : 0;
    }
}

static void report_trouble(const struct command_line *line, enum exchange_end end, bool sent, const char *wrong) {
    const char *data_directory = line->data_directory;
    char log[PATH_MAX + 64];
    snprintf(log, sizeof log, "its log is %s/" AGENT_DIRECTORY "/" AGENT_LOG, data_directory);
    switch (end) {
        case EXCHANGE_ANSWERED:
            break;
        case EXCHANGE_BROKEN_OFF:
            report(log, "the agent of %s went away without an answer, %d times in a row", data_directory,
                   ASKED_AGAIN_MAX + 1);
            break;
        case EXCHANGE_LATE:
            report(log, sent ? "the agent of %s has said nothing for %d s" : "the agent of %s took no request for %d s",
                   data_directory, sent ? SILENCE_MS_MAX / 1000 : SENDING_MS_MAX / 1000);
            break;
        case EXCHANGE_MALFORMED:
            report("after an upgrade of pgagent, end the agent; the next command starts another",
                   "the answer of the agent of %s cannot be read: %s", data_directory, wrong);
            break;
        case EXCHANGE_FAILED:
            report(log, "the connection to the agent of %s broke: %s", data_directory, strerror(errno));
            break;
    }
}

/* Asks once, and waits for the frame that ends the answer. Trouble that asking again does not mend is reported. */
static enum exchange_end ask(const struct command_line *line, int socket, const struct request *request,
                             struct answer *answer) {
    static struct answer_reader reader;
    enum exchange_end end = exchange_send(socket, request);
    bool sent = end == EXCHANGE_ANSWERED;
    answer_reader_begin(&reader, socket);
    /* An agent may answer, and close, before it has read everything. */
    if (sent || end == EXCHANGE_BROKEN_OFF) {
        do {
            end = answer_read(&reader, answer);
        } while (end == EXCHANGE_ANSWERED && answer->kind == ANSWER_WORKING);
    }
    if (end != EXCHANGE_BROKEN_OFF) {
        report_trouble(line, end, sent, reader.wrong);
    }
    return end;
}

int agent_client_run(const struct command_line *line) {
    static struct request request;
    if (!make_request(&request, line)) {
        return failed(line);
    }
    pid_t agent = 0;
    pid_t leaving = 0;
    for (int again = 0; again <= ASKED_AGAIN_MAX; again++) {
        int socket = agent_reach(line, leaving, &agent);
        if (socket < 0) {
            return failed(line);
        }
        struct answer answer;
        enum exchange_end end = ask(line, socket, &request, &answer);
        if (end == EXCHANGE_ANSWERED && answer.kind == ANSWER_DONE) {
            say(&answer);
            return within_contract(line, answer.status);
        }
        if (end != EXCHANGE_ANSWERED && end != EXCHANGE_BROKEN_OFF) {
            return failed(line);
        }
        close(socket);
        leaving = end == EXCHANGE_ANSWERED ? agent : 0;
        deadline_wait(deadline_in(PAUSE_MS), -1, 0);
    }
    report_trouble(line, EXCHANGE_BROKEN_OFF, true, NULL);
    return failed(line);
}
