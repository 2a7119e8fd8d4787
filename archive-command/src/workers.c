#include "workers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLE "PGAGENT_JOBS"
#define FILE_VARIABLE "PGAGENT_CONFIG"
#define USUAL_FILE "/etc/pgagent/pgagent.toml"
#define KEY "jobs"
#define BLANKS " \t"
#define LINE_ROOM 256

static int number(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    return end == text || value < 1 || value > WORKERS_MAX ? 0 : (int)value;
}

/* The value in a word `name=value`, or in the word behind `name`; NULL if this word is another one. */
static const char *value_of(const char *name, const char *word, const char *next) {
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0) {
        return NULL;
    }
    if (word[length] == '=') {
        return word + length + 1;
    }
    return word[length] == '\0' ? next : NULL;
}

static const char *last_option(const char *name, const char *const words[], size_t count) {
    const char *found = NULL;
    for (size_t w = 0; w < count && strcmp(words[w], "--") != 0; w++) {
        const char *value = value_of(name, words[w], w + 1 < count ? words[w + 1] : NULL);
        found = value == NULL ? found : value;
    }
    return found;
}

/* As -j8 stands there. */
static const char *last_glued(const char *name, const char *const words[], size_t count) {
    size_t length = strlen(name);
    const char *found = NULL;
    for (size_t w = 0; w < count && strcmp(words[w], "--") != 0; w++) {
        if (strncmp(words[w], name, length) == 0 && number(words[w] + length) > 0) {
            found = words[w] + length;
        }
    }
    return found;
}

static int of_line(const char *line) {
    const char *key = line + strspn(line, BLANKS);
    if (strncmp(key, KEY, strlen(KEY)) != 0) {
        return 0;
    }
    const char *sign = key + strlen(KEY);
    sign += strspn(sign, BLANKS);
    return *sign == '=' ? number(sign + 1) : 0;
}

static int of_file(const char *name) {
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        return 0;
    }
    char line[LINE_ROOM];
    int found = 0;
    while (found == 0 && fgets(line, sizeof line, file) != NULL) {
        found = of_line(line);
    }
    fclose(file);
    return found;
}

int workers_asked(const char *const words[], size_t count) {
    const char *asked = last_option("--jobs", words, count);
    asked = asked == NULL ? last_option("-j", words, count) : asked;
    asked = asked == NULL ? last_glued("-j", words, count) : asked;
    asked = asked == NULL ? getenv(VARIABLE) : asked;
    if (asked != NULL && *asked != '\0') {
        return number(asked);
    }
    const char *file = last_option("--config", words, count);
    file = file == NULL ? getenv(FILE_VARIABLE) : file;
    return of_file(file == NULL || *file == '\0' ? USUAL_FILE : file);
}
