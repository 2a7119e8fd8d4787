package org.pgagent.kit;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a cluster holds, in a form that two clusters can be compared by: for every logged table of every database the
 * number of rows and the sum of their hashes of 64 bits. Unlogged tables are none of it: a recovery empties them, and a server in
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
        for (String database : cluster.databases()) {
            try (Connection connection = cluster.connect(database)) {
                for (List<String> table : Sql.run(connection, TABLES)) {
                    tables.put(database + "." + table.get(0), hash(connection, table.get(0)));
                }
            } catch (SQLException e) {
                throw new AssertionError("cannot read database " + database, e);
            }
        }
        return new ClusterContent(tables);
    }

    private static String hash(Connection connection, String table) throws SQLException {
        return Sql.run(
                        connection,
                        "SELECT count(*) || '/' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM " + table + " t")
                .get(0)
                .get(0);
    }
}
