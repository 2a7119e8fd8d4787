/* The log of an agent that was started by a command. */
#ifndef PGAGENT_AGENT_LOG_H
#define PGAGENT_AGENT_LOG_H

#include <stddef.h>
#include <sys/types.h>

/* Beyond this a log is put aside when an agent starts; one older log is kept. */
#define AGENT_LOG_BYTES_MAX (1 << 20)

/* Opens it for writing at its end, which it tells. -1, after a report, if it cannot be written. */
int agent_log_open(int directory, const char *data_directory, off_t *end);

/* Writes the last lines with anything in them that were logged behind `from` into `text`, and ends it with a zero byte. */
void agent_log_last_lines(int directory, off_t from, char *text, size_t room);

#endif
