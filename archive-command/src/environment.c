#include "environment.h"

#include <string.h>

#define VARIABLE_PREFIX "PGAGENT_"

bool begins_with(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool is_setting(const char *variable) {
    return begins_with(variable, VARIABLE_PREFIX) && !begins_with(variable, JAVA_OPTS_VARIABLE "=");
}
