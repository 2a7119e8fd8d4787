#ifndef PGAGENT_TEXT_H
#define PGAGENT_TEXT_H

#include <stdbool.h>

bool begins_with(const char *text, const char *beginning);

#endif
