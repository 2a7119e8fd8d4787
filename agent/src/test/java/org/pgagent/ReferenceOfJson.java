package org.pgagent;

/** Writes {@code docs/json.md}. */
final class ReferenceOfJson {
    private static final String HEAD = """
            # What --json prints

            This page and the schemas in [schema/](schema) are generated from the code; a test fails when they are stale, and the tests
            hold what the commands print against them.

            Every command with a result has `--json`: one JSON document on standard output, UTF-8, and nothing else there. What is
            logged, and errors, go to standard error. The exit status says the same as without `--json` ([errors.md](errors.md)). The
            document is whole unless it could not be written (10) or Java was out of memory (3).

            - Field names are snake_case. Sizes are bytes, times are UTC in ISO 8601, LSNs and timelines are as PostgreSQL prints them: an
              LSN as text, a timeline as a number.
            - A field without a value is `null` or missing; readers take both for the same.
            - **Stable:** a field keeps its name and its meaning. Fields and words of an enumeration may be added by a later version, so
              a reader passes over what it does not know.

            | command | schema (JSON Schema 2020-12) |
            |---|---|
            """;

    private ReferenceOfJson() {}

    /** The name of the file in {@code docs/schema} of what some words ask for. */
    static String file(String words) {
        return words.replaceAll("[^A-Za-z-]+", "-").replaceAll("-{2,}", "-").toLowerCase(java.util.Locale.ROOT)
                + ".json";
    }

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (String words : JsonDocuments.all().keySet()) {
            String file = file(words);
            text.append("| `pgagent ")
                    .append(words)
                    .append("` | [")
                    .append(file)
                    .append("](schema/")
                    .append(file)
                    .append(") |\n");
        }
        return text.toString();
    }
}
