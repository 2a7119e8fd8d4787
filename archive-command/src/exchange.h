/* One request and its answer over a connected socket that does not block. */
#ifndef PGAGENT_EXCHANGE_H
#define PGAGENT_EXCHANGE_H

#include <stddef.h>

#include "deadline.h"
#include "wire.h"

enum exchange_end {
    EXCHANGE_ANSWERED,
    EXCHANGE_BROKEN_OFF, /* the other side went away; whether it did what was asked is not known */
    EXCHANGE_LATE,       /* a deadline has passed */
    EXCHANGE_MALFORMED,  /* not the protocol: `wrong` says how */
    EXCHANGE_FAILED      /* errno says why */
};

enum exchange_end exchange_send(int socket, const struct request *request);

struct answer_reader {
    int socket;
    unsigned char bytes[WIRE_LENGTH_BYTES + WIRE_BODY_BYTES_MAX];
    size_t filled;
    size_t taken; /* of the frame that was handed out last */
    const char *wrong;
};

void answer_reader_begin(struct answer_reader *reader, int socket);

/* Reads the next frame within the silence that is allowed; the answer's message lies in the reader until the next call. */
enum exchange_end answer_read(struct answer_reader *reader, struct answer *answer);

#endif
