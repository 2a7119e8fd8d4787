/* Starts the Java program, in the place of this process or beside it. */
#ifndef PGAGENT_JAVA_H
#define PGAGENT_JAVA_H

#include <sys/types.h>

#include "distribution.h"
#include "java_line.h"
#include "verbs.h"

/*
 * Starts the Java program with all arguments as they are. It takes the place of this process, except under one of
 * PostgreSQL's contracts, where this process waits and returns the exit status that the contract asks for. Returns
 * launch_failed(), after a report, when Java cannot be started.
 */
int java_run(const struct distribution *distribution, const struct verb *verb, int argc, char *const argv[]);

/*
 * Starts Java as a child that does not outlive this process, and hands requests to stop on to it from here on. Once in a
 * process. Returns -1, after a report, when there can be no child; a runtime that is missing ends the child with 125.
 */
pid_t java_start(const struct java_line *line);

/* Waits for the end of that child: what waitpid says of it, or -1 after a report. */
int java_wait(pid_t started);

/* The exit status of a command that the front program could not even begin. */
int launch_failed(const struct verb *verb, int argc, char *const argv[]);

#endif
