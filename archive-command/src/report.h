/* What the user sees when the front program itself fails. */
#ifndef PGAGENT_REPORT_H
#define PGAGENT_REPORT_H

/* One line with the fact, one with the hint, both on standard error. */
void report(const char *hint, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
