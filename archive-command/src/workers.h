/* How many workers a command that moves data will have. */
#ifndef PGAGENT_WORKERS_H
#define PGAGENT_WORKERS_H

#include <stddef.h>

#define WORKERS_MAX 64

/*
 * What the words, the environment or the configuration file ask for, as far as that can be seen without knowing all of what
 * they may say; 0 if nobody asks. The Java program has the say about it: it makes do with the memory that it is given.
 */
int workers_asked(const char *const words[], size_t count);

#endif
