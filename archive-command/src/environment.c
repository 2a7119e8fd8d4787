#include "environment.h"

#include "text.h"

#define VARIABLE_PREFIX "PGAGENT_"

bool is_for_agent(const char *variable) {
    return begins_with(variable, VARIABLE_PREFIX) && !begins_with(variable, JAVA_OPTS_VARIABLE "=");
}
