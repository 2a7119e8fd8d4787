/*
 * pgagent: the program that PostgreSQL and users call. It finds its own distribution and hands every command line to the
 * Java program there.
 */
#include "distribution.h"
#include "java.h"
#include "verbs.h"

int main(int argc, char *argv[]) {
    const struct verb *verb = verb_of(argc, argv);
    struct distribution distribution;
    if (!distribution_find(&distribution)) {
        return launch_failed(verb);
    }
    return java_run(&distribution, verb, argc, argv);
}
