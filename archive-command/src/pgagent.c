/*
 * pgagent: the program that PostgreSQL and users call. It lets the agent of the data directory do what PostgreSQL asks for,
 * and hands every other command line to the Java program of its own distribution.
 */
#include "agent_client.h"
#include "command_line.h"
#include "distribution.h"
#include "java.h"
#include "verbs.h"

int main(int argc, char *argv[]) {
    static struct command_line line;
    const struct verb *verb = verb_of(argc, argv);
    if (command_line_read(&line, verb, argc, argv)) {
        return agent_client_run(&line);
    }
    struct distribution distribution;
    if (!distribution_find(&distribution)) {
        return launch_failed(verb, argc, argv);
    }
    return java_run(&distribution, verb, argc, argv);
}
