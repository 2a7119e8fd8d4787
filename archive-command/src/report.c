#include "report.h"

#include <stdarg.h>
#include <stdio.h>

void report(const char *hint, const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("pgagent: ", stderr);
    vfprintf(stderr, format, values);
    fprintf(stderr, "\nhint: %s\n", hint);
    va_end(values);
}
