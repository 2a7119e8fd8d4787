#include "wire.h"

#include <stdint.h>
#include <string.h>

#define VERSION 1

#define COUNT_BYTES 2
#define SHORT_ANSWER_BYTES 2
#define DONE_ANSWER_BYTES (SHORT_ANSWER_BYTES + 1 + COUNT_BYTES)

static void put_short(unsigned char *at, size_t value) {
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static size_t short_at(const unsigned char *at) {
    return (size_t)at[0] << 8 | at[1];
}

/* Room for so many more bytes of the request; NULL, now and from here on, when the limit is reached. */
static unsigned char *room(struct request *request, size_t bytes) {
    request->fits = request->fits && bytes <= sizeof request->bytes - request->length;
    if (!request->fits) {
        return NULL;
    }
    unsigned char *at = request->bytes + request->length;
    request->length += bytes;
    return at;
}

void request_begin(struct request *request, enum wire_verb verb) {
    request->length = WIRE_LENGTH_BYTES;
    request->fits = true;
    unsigned char *head = room(request, 2);
    head[0] = VERSION;
    head[1] = (unsigned char)verb;
}

void request_begin_list(struct request *request) {
    unsigned char *count = room(request, COUNT_BYTES);
    if (count != NULL) {
        put_short(count, 0);
        request->list = (size_t)(count - request->bytes);
    }
}

void request_add(struct request *request, const char *string) {
    size_t length = strlen(string);
    request->fits = request->fits && length <= UINT16_MAX;
    unsigned char *at = room(request, COUNT_BYTES + length);
    if (at == NULL) {
        return;
    }
    put_short(at, length);
    memcpy(at + COUNT_BYTES, string, length);
    /* The limit of the whole comes long before the count's own. */
    unsigned char *count = request->bytes + request->list;
    put_short(count, short_at(count) + 1);
}

bool request_end(struct request *request) {
    size_t body = request->length - WIRE_LENGTH_BYTES;
    put_short(request->bytes, body >> 16);
    put_short(request->bytes + 2, body & UINT16_MAX);
    return request->fits;
}

size_t frame_body_bytes(const unsigned char *frame) {
    return short_at(frame) << 16 | short_at(frame + 2);
}

const char *answer_parse(struct answer *answer, const unsigned char *body, size_t bytes) {
    if (bytes < 1) {
        return "a frame is empty";
    }
    if (body[0] != VERSION) {
        return "it is of another version of the protocol";
    }
    if (bytes < SHORT_ANSWER_BYTES) {
        return "a frame has no kind";
    }
    *answer = (struct answer){.kind = ANSWER_WORKING};
    switch (body[1]) {
        case ANSWER_WORKING:
        case ANSWER_LEAVING:
            answer->kind = (enum answer_kind)body[1];
            return bytes == SHORT_ANSWER_BYTES ? NULL : "a frame has bytes too many";
        case ANSWER_DONE:
            break;
        default:
            return "a frame is of an unknown kind";
    }
    if (bytes < DONE_ANSWER_BYTES) {
        return "a frame ends before its time";
    }
    answer->kind = ANSWER_DONE;
    answer->status = body[2];
    answer->message = body + DONE_ANSWER_BYTES;
    answer->message_bytes = short_at(body + 3);
    return answer->message_bytes == bytes - DONE_ANSWER_BYTES ? NULL : "the length of its message is wrong";
}
