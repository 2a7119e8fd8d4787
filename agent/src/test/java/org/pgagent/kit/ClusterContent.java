package org.pgagent.kit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a cluster holds, in a form that two clusters can be compared by: for every logged table of every database the
 * number of rows and a hash of all rows. Unlogged tables are none of it: a recovery empties them, and a server in
 * recovery cannot read them.
 *
 * @param tables {@code database.schema.table} to {@code rows/hash}
 */
public record ClusterContent(Map<String, String> tables) {
    private static final String TABLES = """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            ORDER BY 1
            """;

    public static ClusterContent of(PostgresCluster cluster) {
        Map<String, String> tables = new TreeMap<>();
        for (List<String> database :
                cluster.sql("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate")) {
            try (Connection connection = cluster.connect(database.get(0))) {
                for (List<String> table : Sql.run(connection, TABLES)) {
                    tables.put(database.get(0) + "." + table.get(0), hash(connection, table.get(0)));
                }
            } catch (SQLException e) {
                throw new AssertionError("cannot read database " + database.get(0), e);
            }
        }
        return new ClusterContent(tables);
    }

    private static String hash(Connection connection, String table) throws SQLException {
        return Sql.run(
                        connection,
                        "SELECT count(*) || '/' || coalesce(md5(string_agg(h, '' ORDER BY h)), '')"
                                + " FROM (SELECT md5(t::text) AS h FROM " + table + " t) rows")
                .get(0)
                .get(0);
    }

    /**
     * Fails unless for every table with a btree index an index-only count is the same as a sequential count, and amcheck
     * finds every row of the heap in every btree index. The first finds a visibility map that disagrees with its heap.
     *
     * <p>Writes into the cluster: the extension amcheck.
     */
    public static void requireSoundIndexes(PostgresCluster cluster) {
        for (List<String> database :
                cluster.sql("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate")) {
            try (Connection connection = cluster.connect(database.get(0))) {
                requireSoundIndexes(connection);
            } catch (SQLException e) {
                throw new AssertionError("index damaged or not readable in database " + database.get(0), e);
            }
        }
    }

    private static void requireSoundIndexes(Connection connection) throws SQLException {
        Sql.run(connection, "SET enable_bitmapscan = off");
        Sql.run(connection, "CREATE EXTENSION IF NOT EXISTS amcheck");
        Sql.run(connection, """
                SELECT bt_index_parent_check(i.indexrelid, true)
                FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                WHERE a.amname = 'btree' AND c.relpersistence = 'p'
                """);
        String indexed = """
                SELECT DISTINCT i.indrelid::regclass::text
                FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
                WHERE a.amname = 'btree' AND i.indpred IS NULL AND t.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%'
                  AND n.nspname <> 'information_schema'
                """;
        for (List<String> table : Sql.run(connection, indexed)) {
            requireEqualCounts(connection, "SELECT count(*) FROM " + table.get(0));
        }
    }

    private static void requireEqualCounts(Connection connection, String count) throws SQLException {
        Sql.run(connection, "SET enable_seqscan = off; SET enable_indexscan = on; SET enable_indexonlyscan = on");
        String plan = Sql.run(connection, "EXPLAIN " + count).toString();
        if (!plan.contains("Index Only Scan")) {
            throw new AssertionError("not an index-only scan, so it checks nothing: " + plan);
        }
        String fromIndex = Sql.run(connection, count).get(0).get(0);
        Sql.run(connection, "SET enable_seqscan = on; SET enable_indexscan = off; SET enable_indexonlyscan = off");
        String fromHeap = Sql.run(connection, count).get(0).get(0);
        if (!fromIndex.equals(fromHeap)) {
            throw new AssertionError(count + " gives " + fromHeap + ", but " + fromIndex + " by an index-only scan");
        }
    }
}
