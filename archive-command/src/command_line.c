#include "command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "environment.h"
#include "text.h"

#define PGDATA "--pgdata"
#define PGDATA_SHORT "-D"
#define PGDATA_VARIABLE "PGAGENT_PGDATA"

struct reading {
    struct command_line *line;
    const char *pgdata; /* the value of the option; NULL without it */
    char directory[PATH_MAX];
    bool directory_known;
};

/* The value inside a word such as --pgdata=/x, -D=/x and -D/x; NULL if the word is something else. */
static const char *attached_pgdata(const char *word) {
    if (begins_with(word, PGDATA "=")) {
        return word + strlen(PGDATA "=");
    }
    if (begins_with(word, PGDATA_SHORT) && word[strlen(PGDATA_SHORT)] != '\0') {
        const char *value = word + strlen(PGDATA_SHORT);
        return *value == '=' ? value + 1 : value;
    }
    return NULL;
}

/* For an option that has a letter, or dashes and more. */
static bool is_one_word(const char *option) {
    bool is_long = option[1] == '-';
    return strcmp(option, STANDBY_OPTION) == 0 || (is_long ? strchr(option, '=') != NULL : option[2] != '\0');
}

/* Twice the same data directory is a mistake that Java explains. */
static bool take_pgdata(struct reading *reading, const char *value) {
    if (reading->pgdata != NULL || *value == '\0') {
        return false;
    }
    reading->pgdata = value;
    return true;
}

/* Takes the option at argv[*a], and moves on to its last word. */
static bool take_option(struct reading *reading, int argc, char *argv[], int *a) {
    struct command_line *line = reading->line;
    const char *option = argv[*a];
    if (option[1] == '\0' || strcmp(option, "--") == 0 || strcmp(option, "--help") == 0 ||
        line->option_count + 2 > OPTION_WORDS_MAX) {
        return false;
    }
    bool one_word = is_one_word(option);
    if (!one_word && (*a + 1 == argc || *argv[*a + 1] == '-' || *argv[*a + 1] == '@')) {
        return false;
    }
    const char *value = one_word ? NULL : argv[++*a];
    line->options[line->option_count++] = option;
    if (value != NULL) {
        line->options[line->option_count++] = value;
    }

    const char *attached = one_word ? attached_pgdata(option) : NULL;
    if (attached != NULL) {
        return take_pgdata(reading, attached);
    }
    if (!one_word && (strcmp(option, PGDATA) == 0 || strcmp(option, PGDATA_SHORT) == 0)) {
        return take_pgdata(reading, value);
    }
    if (strcmp(option, STANDBY_OPTION) != 0) {
        line->settings[line->setting_count++] = option;
        if (value != NULL) {
            line->settings[line->setting_count++] = value;
        }
    }
    return true;
}

static bool take_words(struct reading *reading, size_t operands_wanted, int argc, char *argv[]) {
    struct command_line *line = reading->line;
    for (int a = 2; a < argc; a++) {
        if (*argv[a] == '-') {
            if (!take_option(reading, argc, argv, &a)) {
                return false;
            }
        } else if (line->operand_count == operands_wanted || *argv[a] == '\0' || *argv[a] == '@') {
            /* The Java program reads more arguments from a file behind an @. */
            return false;
        } else {
            line->operands[line->operand_count++] = argv[a];
        }
    }
    return line->operand_count == operands_wanted;
}

static bool know_directory(struct reading *reading) {
    if (!reading->directory_known) {
        /* A directory that was removed, or lies outside of the root, has no path that begins with a slash. */
        reading->directory_known =
            getcwd(reading->directory, sizeof reading->directory) != NULL && *reading->directory == '/';
    }
    return reading->directory_known;
}

/* Writes the absolute form of a path into PATH_MAX bytes. */
static bool make_absolute(struct reading *reading, const char *path, char *absolute) {
    int length;
    if (*path == '/') {
        length = snprintf(absolute, PATH_MAX, "%s", path);
    } else {
        length = know_directory(reading) ? snprintf(absolute, PATH_MAX, "%s/%s", reading->directory, path) : -1;
    }
    return length > 0 && length < PATH_MAX;
}

/* Cuts the last name off a path, and the slashes before it. False when nothing would be left. */
static bool cut_name(char *path) {
    char *end = strrchr(path, '/');
    if (end == NULL || end[1] == '\0') {
        return false;
    }
    while (end > path && end[-1] == '/') {
        end--;
    }
    *end = '\0';
    return end > path;
}

/*
 * The file pg_control says both that this is a data directory and whose it is. Another user, root above all, must not make
 * an agent's directory in it, for the server's user could not use that any more.
 */
static bool is_own_data_directory(const char *path) {
    char control_file[PATH_MAX];
    struct stat found;
    int length = snprintf(control_file, sizeof control_file, "%s/global/pg_control", path);
    return length < (int)sizeof control_file && stat(control_file, &found) == 0 && found.st_uid == geteuid();
}

static bool find_data_directory(struct reading *reading) {
    struct command_line *line = reading->line;
    const char *named = reading->pgdata != NULL ? reading->pgdata : getenv(PGDATA_VARIABLE);
    if (named != NULL && *named != '\0') {
        if (!make_absolute(reading, named, line->data_directory)) {
            return false;
        }
    } else {
        memcpy(line->data_directory, line->path, sizeof line->path);
        if (!cut_name(line->data_directory) || !cut_name(line->data_directory)) {
            return false;
        }
    }
    return is_own_data_directory(line->data_directory);
}

static bool has_settings(const struct command_line *line) {
    for (char **variable = environ; *variable != NULL; variable++) {
        if (is_for_agent(*variable) && !begins_with(*variable, PGDATA_VARIABLE "=")) {
            return true;
        }
    }
    return line->setting_count > 0;
}

/* PostgreSQL runs its commands in the data directory, and an agent lives there: a relative path means the same to both. */
static bool runs_in_data_directory(struct reading *reading) {
    const char *data_directory = reading->line->data_directory;
    struct stat here;
    struct stat there;
    return know_directory(reading) &&
           (strcmp(reading->directory, data_directory) == 0 ||
            (stat(reading->directory, &here) == 0 && stat(data_directory, &there) == 0 && here.st_dev == there.st_dev &&
             here.st_ino == there.st_ino));
}

bool command_line_read(struct command_line *line, const struct verb *verb, int argc, char *argv[]) {
    static struct reading reading;
    if (argc < 2 || verb->contract == CONTRACT_NONE || strcmp(argv[1], verb->name) != 0) {
        return false;
    }
    reading.line = line;
    line->verb = verb;
    line->argc = argc;
    line->argv = argv;

    size_t operands_wanted = verb->contract == CONTRACT_RESTORE_COMMAND ? 2 : 1;
    if (!take_words(&reading, operands_wanted, argc, argv) ||
        !make_absolute(&reading, line->operands[operands_wanted - 1], line->path)) {
        return false;
    }
    line->operands[operands_wanted - 1] = line->path;
    return find_data_directory(&reading) && (!has_settings(line) || runs_in_data_directory(&reading));
}
