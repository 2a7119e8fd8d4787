/* Hands a command line to the Java program. */
#ifndef PGAGENT_JAVA_H
#define PGAGENT_JAVA_H

#include "distribution.h"
#include "verbs.h"

/*
 * Starts the Java program with all arguments as they are. It takes the place of this process, except under one of
 * PostgreSQL's contracts, where this process waits and returns the exit status that the contract asks for. Returns
 * launch_failed(verb), after a report, when Java cannot be started.
 */
int java_run(const struct distribution *distribution, const struct verb *verb, int argc, char *const argv[]);

/* The exit status of a command that the front program could not even begin. */
int launch_failed(const struct verb *verb);

#endif
