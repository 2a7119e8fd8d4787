package org.pgagent;

import org.pgagent.error.ErrorKind;

/** Writes {@code docs/errors.md}. */
final class ReferenceOfErrors {
    private static final String HEAD = """
            # Errors and exit statuses

            This page is generated from the code; a test fails when it is stale.

            A command that did what it was asked exits with 0. One that did not prints two lines to standard error, and exits
            with the status of the kind of the error:

            ```
            pgagent: error: what is the case, with its values
            hint: what to do next
            ```

            With `--log-format json` it is one line of JSON, as is every line of the log: `time`, `level`, `logger`, `message`, and for
            an error `kind` and `hint`. A command line that cannot be understood is told as text all the same. `--log-level debug`
            adds the exceptions behind an error (`exception`). Results go to standard output, everything else to standard error. Two
            commands have failures that are results: `check` prints what it finds, good and bad, to standard output, and `wal-fetch`
            prints nothing when the archive does not have the file.

            If Java runs out of memory it says so itself (`Terminating due to java.lang.OutOfMemoryError`) and exits with 3: run the
            command again with more, such as `PGAGENT_JAVA_OPTS=-Xmx512m`. It leaves what a kill leaves, and harms nothing.

            | status | kind | meaning | retried |
            |---:|---|---|---|
            """;

    private static final String TAIL = """

            "Retried" means that pgagent itself sends the request again, as often as the setting `retries` allows, before it
            gives up. Statuses 20 to 25 mean what they mean in pg_rman. All are below 126, because a shell and PostgreSQL read
            more into higher ones. 125 comes from the program in front of Java alone: it could not start it, as when `runtime/` of the
            distribution is missing.

            ## wal-push

            PostgreSQL's contract for `archive_command`: 0 says that the file is stored and PostgreSQL may recycle it; any
            other status says that it must be handed over again. `wal-push` exits with 0 only after the store has confirmed,
            and otherwise with a status from the table, which PostgreSQL counts as a failure and tries again.

            ## wal-fetch

            PostgreSQL's contract for `restore_command` reads the status differently, so `wal-fetch` has its own:

            | status | meaning | what PostgreSQL does |
            |---:|---|---|
            | 0 | the file is in its place, whole and checked | uses it |
            | 1 | the repository was asked and does not have the file | takes this as the end of the archive |
            | 126 | anything else: the store does not answer, a bad setting, a bad command line, a damaged file | stops recovery; start the server again once the cause is gone |
            | 143 | told to stop by a signal | takes it as a part of its own shutdown |

            A store that does not answer is never reported as a missing file: PostgreSQL would end the recovery there and
            start with rows missing. With `wal-fetch --standby`, for a server that follows for ever, trouble with the store
            or with the agent gives 1 as well: such a server asks again, and a higher status would end it.
            """;

    private ReferenceOfErrors() {}

    static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (ErrorKind kind : ErrorKind.values()) {
            text.append("| ").append(kind.exitCode());
            text.append(" | ").append(kind.name());
            text.append(" | ").append(kind.meaning());
            text.append(" | ").append(kind.worthRetrying() ? "yes" : "").append(" |\n");
        }
        return text.append(TAIL).toString();
    }
}
