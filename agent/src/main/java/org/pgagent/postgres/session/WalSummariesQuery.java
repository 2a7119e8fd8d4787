package org.pgagent.postgres.session;

import java.sql.SQLException;
import java.util.List;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalRange;

/** Asks a server for its WAL summaries (the manual's section "WAL Summarization Information Functions"). */
final class WalSummariesQuery {
    private static final String AVAILABLE =
            "SELECT tli, start_lsn, end_lsn FROM pg_available_wal_summaries() ORDER BY tli, start_lsn";

    private static final String PROGRESS = "SELECT summarized_lsn, pending_lsn FROM pg_get_wal_summarizer_state()";

    /** One row for each file of a relation, and not for each page, which would take a multiple of the time. */
    private static final String CONTENTS = """
            SELECT reltablespace, reldatabase, relfilenode, is_limit_block, relblocknumber / ?::bigint,
                   string_agg((relblocknumber % ?::bigint)::text, ',')
            FROM pg_wal_summary_contents(?::bigint, ?::pg_lsn, ?::pg_lsn)
            WHERE relforknumber = 0
            GROUP BY 1, 2, 3, 4, 5
            """;

    private WalSummariesQuery() {}

    static List<WalSummary> available(SqlSession session) throws PgAgentException {
        return session.all(
                "asking for WAL summaries",
                AVAILABLE,
                row -> new WalSummary(new WalRange(new Timeline(row.bigint(1)), row.lsn(2), row.lsn(3))));
    }

    static ServerConnection.Summarized progress(SqlSession session) throws PgAgentException {
        return session.one(
                "asking for the WAL summarizer",
                PROGRESS,
                row -> new ServerConnection.Summarized(row.lsn(1), row.lsn(2)));
    }

    static void read(SqlSession session, WalSummary summary, int segmentPages, WalSummary.Reader reader)
            throws PgAgentException {
        WalRange wal = summary.wal();
        session.visit(
                "reading a WAL summary",
                CONTENTS,
                row -> {
                    tell(row, segmentPages, reader);
                    return reader.takesMore();
                },
                segmentPages,
                segmentPages,
                wal.timeline().id(),
                wal.start().toString(),
                wal.end().toString());
    }

    private static void tell(SqlSession.Row row, int segmentPages, WalSummary.Reader reader) throws SQLException {
        long tablespace = row.bigint(1);
        long database = row.bigint(2);
        long relation = row.bigint(3);
        long segment = row.bigint(5);
        int[] pages = numbers(row.text(6));
        if (relation == 0) {
            reader.database(database);
        } else if (row.truth(4)) {
            for (int page : pages) {
                reader.limit(tablespace, database, relation, segment * segmentPages + page);
            }
        } else {
            reader.pages(tablespace, database, relation, Math.toIntExact(segment), pages);
        }
    }

    /** There may be 131,072 of them, and as many strings would be a burden. */
    private static int[] numbers(String text) {
        int[] numbers = new int[1 + (int) text.chars().filter(c -> c == ',').count()];
        int from = 0;
        for (int i = 0; i < numbers.length; i++) {
            int comma = text.indexOf(',', from);
            int end = comma < 0 ? text.length() : comma;
            numbers[i] = Integer.parseInt(text, from, end, 10);
            from = end + 1;
        }
        return numbers;
    }
}
