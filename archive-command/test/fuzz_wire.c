/*
 * Feeds frames that nobody should send to the reader of answers, with AddressSanitizer watching.
 *   fuzz_wire [SEED]
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exchange.h"
#include "wire.h"

#define BODIES 200000
#define STREAMS 5000
#define STREAM_BYTES_MAX 60000
#define FRAMES_MAX 20
#define LONGEST_MESSAGE (WIRE_BODY_BYTES_MAX - 5)

static uint64_t seed;
static uint64_t state;

static void check(int holds, const char *format, ...) {
    if (holds) {
        return;
    }
    va_list values;
    va_start(values, format);
    fprintf(stderr, "FAILED, seed %llu: ", (unsigned long long)seed);
    vfprintf(stderr, format, values);
    fputs("\n", stderr);
    va_end(values);
    exit(1);
}

/* xorshift64*, by Vigna. */
static uint64_t next(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717ULL;
}

static size_t below(size_t limit) {
    return (size_t)((next() >> 16) % limit);
}

static void fill(unsigned char *bytes, size_t count) {
    for (size_t b = 0; b < count; b++) {
        bytes[b] = (unsigned char)(next() >> 24);
    }
}

/* The body of a frame as the protocol has it; returns its length. */
static size_t good_body(unsigned char *body, size_t message_bytes, struct answer *wanted) {
    static const enum answer_kind kinds[] = {ANSWER_WORKING, ANSWER_LEAVING, ANSWER_DONE, ANSWER_DONE};
    *wanted = (struct answer){.kind = kinds[below(4)]};
    body[0] = 1;
    body[1] = (unsigned char)wanted->kind;
    if (wanted->kind != ANSWER_DONE) {
        return 2;
    }
    wanted->status = (int)below(256);
    wanted->message = body + 5;
    wanted->message_bytes = message_bytes;
    body[2] = (unsigned char)wanted->status;
    body[3] = (unsigned char)(message_bytes >> 8);
    body[4] = (unsigned char)message_bytes;
    fill(body + 5, message_bytes);
    return 5 + message_bytes;
}

static void mutate(unsigned char *bytes, size_t *count, size_t room) {
    switch (below(4)) {
        case 0:
            *count = below(*count + 1);
            break;
        case 1: {
            size_t more = below(8);
            more = more > room - *count ? room - *count : more;
            fill(bytes + *count, more);
            *count += more;
            break;
        }
        default:
            for (size_t changes = below(3) + 1; changes > 0 && *count > 0; changes--) {
                bytes[below(*count < 8 ? *count : 8)] = (unsigned char)(below(2) ? below(4) : next() >> 24);
            }
    }
}

/* What the protocol's table says, written down once more. */
static int is_good(const unsigned char *body, size_t bytes) {
    if (bytes < 2 || body[0] != 1) {
        return 0;
    }
    return body[1] == 1 ? bytes >= 5 && bytes - 5 == (size_t)(body[3] * 256 + body[4])
                        : (body[1] == 0 || body[1] == 2) && bytes == 2;
}

static void try_body(void) {
    unsigned char made[512];
    struct answer wanted;
    size_t bytes = good_body(made, below(200), &wanted);
    size_t kind = below(8);
    if (kind == 0) {
        bytes = below(64);
        fill(made, bytes);
    } else if (kind < 7) {
        mutate(made, &bytes, sizeof made);
    }
    /* A block of its own, so that one byte too far is noticed. */
    unsigned char *body = malloc(bytes + (bytes == 0));
    check(body != NULL, "out of memory");
    memcpy(body, made, bytes);
    struct answer answer;
    const char *wrong = answer_parse(&answer, body, bytes);
    check((wrong == NULL) == is_good(body, bytes), "a body of %zu bytes is taken for %s", bytes, wrong ? wrong : "good");
    if (wrong == NULL && answer.kind == ANSWER_DONE) {
        check(answer.status == body[2], "another status");
        check(answer.message == body + 5 && answer.message_bytes == bytes - 5, "another message");
    }
    free(body);
}

static size_t put_frame(unsigned char *at, size_t message_bytes, struct answer *wanted) {
    size_t body = good_body(at + 4, message_bytes, wanted);
    at[0] = 0;
    at[1] = (unsigned char)(body >> 16);
    at[2] = (unsigned char)(body >> 8);
    at[3] = (unsigned char)body;
    return 4 + body;
}

/* One packet is one recv(): the reader sees exactly these pieces. */
static void send_in_pieces(int socket, const unsigned char *bytes, size_t count) {
    for (size_t sent = 0; sent < count;) {
        size_t piece = 1 + below(below(4) == 0 ? 4000 : 600);
        piece = piece < count - sent ? piece : count - sent;
        check(send(socket, bytes + sent, piece, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)piece, "cannot send: %s",
              strerror(errno));
        sent += piece;
    }
    close(socket);
}

static void try_stream(int mutated) {
    static unsigned char stream[STREAM_BYTES_MAX];
    static struct answer_reader reader;
    struct answer wanted[FRAMES_MAX];
    size_t count = 0;
    size_t frames = 0;
    size_t frames_wanted = 1 + below(FRAMES_MAX);
    do {
        count += put_frame(stream + count, below(2) ? below(20) : below(2000), &wanted[frames]);
    } while (wanted[frames++].kind == ANSWER_WORKING && frames < frames_wanted);
    if (mutated) {
        size_t skipped = below(count);
        size_t rest = count - skipped;
        mutate(stream + skipped, &rest, sizeof stream - skipped);
        count = skipped + rest;
    }

    int ends[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0, "no sockets: %s", strerror(errno));
    send_in_pieces(ends[0], stream, count);
    answer_reader_begin(&reader, ends[1]);
    struct answer answer;
    enum exchange_end end = EXCHANGE_ANSWERED;
    for (size_t f = 0; end == EXCHANGE_ANSWERED; f++) {
        end = answer_read(&reader, &answer);
        check(end == EXCHANGE_ANSWERED || end == EXCHANGE_BROKEN_OFF || (mutated && end == EXCHANGE_MALFORMED),
              "frame %zu ends with %d: %s", f, (int)end, reader.wrong ? reader.wrong : "");
        check(mutated || f <= frames, "more frames than were sent");
        if (!mutated && f < frames) {
            check(end == EXCHANGE_ANSWERED, "frame %zu of %zu is missing", f, frames);
            check(answer.kind == wanted[f].kind && answer.status == wanted[f].status &&
                      answer.message_bytes == wanted[f].message_bytes &&
                      (answer.message_bytes == 0 ||
                       memcmp(answer.message, wanted[f].message, answer.message_bytes) == 0),
                  "frame %zu is another one", f);
        }
    }
    close(ends[1]);
}

static void try_longest(void) {
    static unsigned char frame[WIRE_LENGTH_BYTES + WIRE_BODY_BYTES_MAX];
    static struct answer_reader reader;
    struct answer wanted = {.kind = ANSWER_WORKING};
    size_t count = 0;
    while (wanted.kind != ANSWER_DONE) {
        count = put_frame(frame, LONGEST_MESSAGE, &wanted);
    }
    check(count == sizeof frame, "the longest frame has %zu bytes", count);
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, "no sockets");
    check(send(ends[0], frame, count, 0) == (ssize_t)count, "cannot send the longest frame");
    answer_reader_begin(&reader, ends[1]);
    struct answer answer;
    check(answer_read(&reader, &answer) == EXCHANGE_ANSWERED, "the longest frame is refused");
    check(memcmp(answer.message, wanted.message, LONGEST_MESSAGE) == 0, "the longest message is another one");
    close(ends[0]);
    close(ends[1]);
}

static void try_request_limits(void) {
    static struct request request;
    static char word[WIRE_BODY_BYTES_MAX + 1];
    /* Version, verb, one list with one string. */
    size_t longest = WIRE_BODY_BYTES_MAX - 2 - 2 - 2;
    for (size_t length = longest - 2; length <= longest + 2; length++) {
        memset(word, 'x', length);
        word[length] = '\0';
        request_begin(&request, WIRE_WAL_PUSH);
        request_begin_list(&request);
        request_add(&request, word);
        check(request_end(&request) == (length <= longest), "a word of %zu bytes", length);
    }
    request_begin(&request, WIRE_WAL_FETCH);
    for (int lists = 0; lists < 2 * WIRE_BODY_BYTES_MAX; lists++) {
        request_begin_list(&request);
        request_add(&request, "");
    }
    check(!request_end(&request), "a request without an end fits");
}

static void try_sending(void) {
    static struct request request;
    static char word[60000];
    memset(word, 'x', sizeof word - 1);
    request_begin(&request, WIRE_WAL_PUSH);
    request_begin_list(&request);
    request_add(&request, word);
    check(request_end(&request), "does not fit");

    int ends[2];
    int little = 1;
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, "no sockets");
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    check(exchange_send(ends[0], &request) == EXCHANGE_LATE, "nobody reads, and nobody minds");
    close(ends[1]);
    check(exchange_send(ends[0], &request) == EXCHANGE_BROKEN_OFF, "nobody is there, and nobody minds");
    close(ends[0]);
}

int main(int argc, char *argv[]) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
    state = seed | 1;
    printf("fuzz_wire: seed %llu\n", (unsigned long long)seed);
    fflush(stdout);
    for (int b = 0; b < BODIES; b++) {
        try_body();
    }
    for (int s = 0; s < STREAMS; s++) {
        try_stream(s % 2);
    }
    try_longest();
    try_request_limits();
    try_sending();
    return 0;
}
