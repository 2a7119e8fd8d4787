#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static bool went_away(int error) {
    return error == EPIPE || error == ECONNRESET;
}

enum exchange_end exchange_send(int socket, const struct request *request) {
    deadline end = deadline_in(SENDING_MS_MAX);
    for (size_t sent = 0; sent < request->length;) {
        ssize_t now = send(socket, request->bytes + sent, request->length - sent, MSG_NOSIGNAL);
        if (now >= 0) {
            sent += (size_t)now;
        } else if (went_away(errno)) {
            return EXCHANGE_BROKEN_OFF;
        } else if (errno != EAGAIN && errno != EINTR) {
            return EXCHANGE_FAILED;
        } else if (!deadline_wait(end, socket, POLLOUT)) {
            return EXCHANGE_LATE;
        }
    }
    return EXCHANGE_ANSWERED;
}

void answer_reader_begin(struct answer_reader *reader, int socket) {
    reader->socket = socket;
    reader->filled = 0;
    reader->taken = 0;
    reader->wrong = NULL;
}

/* Whether the bytes that are here hold a frame, or can be no frame. */
static bool decide(struct answer_reader *reader, struct answer *answer, enum exchange_end *end) {
    if (reader->filled < WIRE_LENGTH_BYTES) {
        return false;
    }
    size_t body = frame_body_bytes(reader->bytes);
    if (body > WIRE_BODY_BYTES_MAX) {
        reader->wrong = "a frame is too long";
    } else if (reader->filled < WIRE_LENGTH_BYTES + body) {
        return false;
    } else {
        reader->taken = WIRE_LENGTH_BYTES + body;
        reader->wrong = answer_parse(answer, reader->bytes + WIRE_LENGTH_BYTES, body);
        if (reader->wrong == NULL && answer->kind != ANSWER_WORKING && reader->filled > reader->taken) {
            reader->wrong = "it goes on after its end";
        }
    }
    *end = reader->wrong == NULL ? EXCHANGE_ANSWERED : EXCHANGE_MALFORMED;
    return true;
}

enum exchange_end answer_read(struct answer_reader *reader, struct answer *answer) {
    deadline silence = deadline_in(SILENCE_MS_MAX);
    reader->filled -= reader->taken;
    memmove(reader->bytes, reader->bytes + reader->taken, reader->filled);
    reader->taken = 0;

    enum exchange_end end;
    while (!decide(reader, answer, &end)) {
        if (!deadline_wait(silence, reader->socket, POLLIN)) {
            return EXCHANGE_LATE;
        }
        ssize_t now = recv(reader->socket, reader->bytes + reader->filled, sizeof reader->bytes - reader->filled, 0);
        if (now > 0) {
            reader->filled += (size_t)now;
        } else if (now == 0 || went_away(errno)) {
            return EXCHANGE_BROKEN_OFF;
        } else if (errno != EAGAIN && errno != EINTR) {
            return EXCHANGE_FAILED;
        }
    }
    return end;
}
