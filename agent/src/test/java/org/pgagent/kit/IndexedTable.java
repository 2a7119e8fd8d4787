package org.pgagent.kit;

import java.util.List;

/** A table with an index of every access method, in one database of a cluster. Not thread-safe. */
public final class IndexedTable {
    private static final List<String> INDEXES = List.of(
            "gist_p ON indexed USING gist (p)",
            "gist_b ON indexed USING gist (b)",
            "spgist_p ON indexed USING spgist (p)",
            "spgist_t ON indexed USING spgist (t)",
            "hash_id ON indexed USING hash (id)",
            "brin_id ON indexed USING brin (id) WITH (pages_per_range = 4)",
            "gin_a ON indexed USING gin (a)",
            "btree_t ON indexed USING btree (t)");

    private final PostgresCluster cluster;
    private final String database;
    private int next;

    public IndexedTable(PostgresCluster cluster, String database) {
        this.cluster = cluster;
        this.database = database;
    }

    /** Creates the table, without indexes. */
    public void create(int rows) {
        run("CREATE TABLE indexed AS SELECT i id, point(random(), random()) p,"
                + " box(point(random(), random()), point(random(), random())) b, md5(i::text) t,"
                + " ARRAY[i % 50, i % 7] a FROM generate_series(1, " + rows + ") i");
    }

    /** Drops an index, if it is there, and creates it: another one with each call. */
    public void buildNextAnew() {
        String index = INDEXES.get(next++ % INDEXES.size());
        run("DROP INDEX IF EXISTS " + index.substring(0, index.indexOf(' ')));
        run("CREATE INDEX " + index);
    }

    public void buildMissing() {
        INDEXES.forEach(index -> run("CREATE INDEX IF NOT EXISTS " + index));
    }

    /**
     * Adds, updates and deletes some rows.
     *
     * @param which of the rows
     */
    public void change(int which) {
        run("INSERT INTO indexed SELECT id + 1000000, p, b, md5(t), a FROM indexed ORDER BY random() LIMIT 100");
        run("UPDATE indexed SET t = md5(t) WHERE id % 997 = " + which % 997);
        run("DELETE FROM indexed WHERE id % 1009 = " + which % 1009);
    }

    public void vacuum() {
        run("VACUUM indexed");
    }

    private void run(String sql) {
        cluster.sql(database, sql);
    }
}
