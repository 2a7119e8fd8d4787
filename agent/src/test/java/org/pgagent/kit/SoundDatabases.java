package org.pgagent.kit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * Whether the tables and indexes of a cluster are what they should be: by amcheck, and by asking every index for what a
 * sequential scan finds, whatever its access method. Of hashes of rows, none would tell of a damaged index or visibility map.
 *
 * <p>Writes into the cluster: the extension amcheck.
 */
public final class SoundDatabases {
    /** The first version whose amcheck looks at tables; the program that asks for it works with all later ones. */
    private static final int PROGRAM_SINCE = 14;

    private static final String PLANE = "box '((-1e9, -1e9), (1e9, 1e9))'";

    /** What an index of an access method and an operator class can be asked. */
    private static final Map<String, Question> QUESTIONS = Map.ofEntries(
            Map.entry(
                    "gist point_ops", new Question("{} <@ " + PLANE, "TABLE WHERE {} <@ ANY (SAMPLE)", "box({}, {})")),
            Map.entry("gist box_ops", new Question("{} && " + PLANE, "TABLE WHERE {} ~= ANY (SAMPLE)", "{}")),
            Map.entry(
                    "spgist quad_point_ops",
                    new Question("{} <@ " + PLANE, "TABLE WHERE {} <@ ANY (SAMPLE)", "box({}, {})")),
            Map.entry("spgist text_ops", new Question("{} >= ''", "TABLE WHERE {} = ANY (SAMPLE)", "{}")),
            Map.entry("hash int4_ops", Question.ofSample("TABLE WHERE {} = ANY (SAMPLE)", "{}")),
            // One by one, as a range of pages in which one is found gives all others, too.
            Map.entry("brin int4_minmax_ops", Question.ofSample("unnest(SAMPLE) one, TABLE WHERE {} = one", "{}")),
            Map.entry("gin array_ops", Question.ofSample("TABLE WHERE {} && SAMPLE", "unnest({})")),
            Map.entry("gin jsonb_ops", Question.ofSample("TABLE WHERE {} @> ANY (SAMPLE)", "{}")));

    /** Must clear the bits of pages in the visibility map, which it does only if the pages say that they are set. */
    private static final String DELETION = "DELETE FROM TABLE WHERE abs(hashtext(ctid::text)) % 3 = 0";

    private static final int SAMPLE_MAX = 300;

    private SoundDatabases() {}

    /**
     * What rows are counted by; {@code {}} is the first column of the index.
     *
     * @param all a condition that holds for every row; empty if the index has no such one
     * @param some what follows FROM, for those rows that a sample, an array, was taken of: to find everything everywhere is
     *     not enough
     * @param sampled what the sample is of
     */
    private record Question(String all, String some, String sampled) {
        static Question ofSample(String some, String sampled) {
            return new Question("", some, sampled);
        }
    }

    private record Index(String name, String table, String column, String method, String operators) {}

    /** Fails unless amcheck finds nothing, and every index has the rows that its table has. */
    public static void require(PostgresCluster cluster) {
        if (cluster.major() >= PROGRAM_SINCE) {
            InstalledPostgres.successOf(
                    "pg_amcheck",
                    "--all",
                    "--install-missing",
                    "--parent-check",
                    "--heapallindexed",
                    "-h",
                    cluster.socketDirectory().toString(),
                    "-p",
                    String.valueOf(cluster.port()),
                    "-U",
                    "postgres");
        }
        for (String database : cluster.databases()) {
            try (Connection connection = cluster.connect(database)) {
                if (cluster.major() < PROGRAM_SINCE) {
                    checkBtrees(connection);
                }
                for (Index index : indexes(connection)) {
                    requireEveryRow(connection, index);
                }
            } catch (SQLException e) {
                throw new AssertionError("index damaged or not readable in database " + database, e);
            }
        }
    }

    private static void checkBtrees(Connection connection) throws SQLException {
        Sql.run(connection, "CREATE EXTENSION IF NOT EXISTS amcheck");
        Sql.run(connection, """
                SELECT bt_index_parent_check(i.indexrelid, true)
                FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                WHERE a.amname = 'btree' AND c.relpersistence = 'p'
                """);
    }

    private static List<Index> indexes(Connection connection) throws SQLException {
        return Sql.run(connection, """
                        SELECT i.indexrelid::regclass, i.indrelid::regclass, quote_ident(k.attname), a.amname, o.opcname
                        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                        JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
                        JOIN pg_opclass o ON o.oid = i.indclass[0]
                        JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[0]
                        WHERE i.indpred IS NULL AND i.indexprs IS NULL AND t.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%'
                          AND n.nspname <> 'information_schema'
                        """).stream()
                .map(row -> new Index(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
                .toList();
    }

    /** Of a btree index, an index-only scan, so that a visibility map that disagrees with its table is found. */
    private static void requireEveryRow(Connection connection, Index index) throws SQLException {
        String count = "SELECT count(*) FROM ";
        if (index.method().equals("btree")) {
            requireEqualCounts(connection, index, count + index.table());
            requireEqualCounts(connection, index, count + index.table(), DELETION.replace("TABLE", index.table()));
            return;
        }
        Question question = QUESTIONS.get(index.method() + " " + index.operators());
        if (question == null) {
            throw new AssertionError("nothing is known to ask this: " + index);
        }
        if (!question.all().isEmpty()) {
            requireEqualCounts(
                    connection,
                    index,
                    count + index.table() + " WHERE " + question.all().replace("{}", index.column()));
        }
        String sample = sample(connection, index, question.sampled().replace("{}", index.column()));
        if (sample != null) {
            String some = question.some().replace("{}", index.column()).replace("TABLE", index.table());
            requireEqualCounts(connection, index, count + some.replace("SAMPLE", sample));
        }
    }

    /** An array, as SQL has it, of what some of the rows have; null if there are no rows. */
    private static String sample(Connection connection, Index index, String sampled) throws SQLException {
        return Sql.run(
                        connection,
                        "SELECT quote_literal(sample::text) || '::' || pg_typeof(sample) FROM (SELECT array_agg(e) sample"
                                + " FROM (SELECT DISTINCT ON (md5(e::text)) e FROM (SELECT " + sampled + " e FROM "
                                + index.table() + ") a ORDER BY md5(e::text) LIMIT " + SAMPLE_MAX + ") b) c")
                .get(0)
                .get(0);
    }

    private static void requireEqualCounts(Connection connection, Index index, String count) throws SQLException {
        requireEqualCounts(connection, index, count, "SELECT");
    }

    /** @param before what is done before the rows are counted, and undone after it */
    private static void requireEqualCounts(Connection connection, Index index, String count, String before)
            throws SQLException {
        Sql.run(
                connection,
                "BEGIN; " + before + "; SET enable_indexscan = off; SET enable_indexonlyscan = off;"
                        + " SET enable_bitmapscan = off");
        String fromHeap = Sql.run(connection, count).get(0).get(0);
        boolean btree = index.method().equals("btree");
        Sql.run(
                connection,
                "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; "
                        + (btree
                                ? "SET enable_indexscan = on; SET enable_indexonlyscan = on"
                                : "SET enable_bitmapscan = on")
                        + "; UPDATE pg_index SET indisvalid = false WHERE indrelid = '" + index.table()
                        + "'::regclass AND indexrelid <> '" + index.name() + "'::regclass");
        String plan = Sql.run(connection, "EXPLAIN " + count).toString();
        String way = (btree ? "Index Only Scan using " : "Bitmap Index Scan on ") + index.name();
        if (!plan.contains(way)) {
            throw new AssertionError("not '" + way + "', so it checks nothing: " + plan);
        }
        String fromIndex = Sql.run(connection, count).get(0).get(0);
        Sql.run(connection, "ROLLBACK");
        if (!fromIndex.equals(fromHeap)) {
            throw new AssertionError(count + " after " + before + " gives " + fromHeap + ", but " + fromIndex
                    + " by the index " + index.name());
        }
    }
}
