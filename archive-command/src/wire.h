/* The bytes of the socket protocol, docs/wal-protocol.md: makes a request, takes an answer apart. Does no I/O. */
#ifndef PGAGENT_WIRE_H
#define PGAGENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#define WIRE_LENGTH_BYTES 4
#define WIRE_BODY_BYTES_MAX 65536

enum wire_verb { WIRE_WAL_PUSH = 1, WIRE_WAL_FETCH = 2 };

struct request {
    unsigned char bytes[WIRE_LENGTH_BYTES + WIRE_BODY_BYTES_MAX]; /* a whole frame after request_end */
    size_t length;
    size_t list; /* where the count of the list in the making stands */
    bool fits;
};

void request_begin(struct request *request, enum wire_verb verb);
void request_begin_list(struct request *request);
void request_add(struct request *request, const char *string);

/* False when the request is longer than the protocol allows. */
bool request_end(struct request *request);

enum answer_kind { ANSWER_WORKING = 0, ANSWER_DONE = 1, ANSWER_LEAVING = 2 };

struct answer {
    enum answer_kind kind;
    int status;                   /* of ANSWER_DONE only, as is the message */
    const unsigned char *message; /* within the bytes that were parsed */
    size_t message_bytes;
};

/* The length that the first WIRE_LENGTH_BYTES of a frame announce, which may be too much. */
size_t frame_body_bytes(const unsigned char *frame);

/* Takes the body of a frame apart. NULL when it is one of the protocol, otherwise what is wrong with it. */
const char *answer_parse(struct answer *answer, const unsigned char *body, size_t bytes);

#endif
