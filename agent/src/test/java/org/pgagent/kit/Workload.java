package org.pgagent.kit;

import java.util.Locale;

/**
 * Rows for a cluster: tables of several shapes in the database {@code shop} with indexes, TOAST and a sequence, an
 * unlogged table, and changes to them. The same seed gives the same rows.
 */
public final class Workload {
    public static final String DATABASE = "shop";

    private final PostgresCluster cluster;
    private final double seed;

    /** A workload that draws its rows by a seed from 0 to 1. */
    public Workload(PostgresCluster cluster, double seed) {
        this.cluster = cluster;
        this.seed = seed;
    }

    /** Creates the database and its tables, with {@code rows} orders in them. */
    public void create(int rows) {
        cluster.sql("CREATE DATABASE " + DATABASE);
        run("""
                CREATE TABLE orders (
                    id bigserial PRIMARY KEY, customer int NOT NULL, amount numeric(12, 2) NOT NULL,
                    placed timestamptz NOT NULL, note text NOT NULL, details jsonb NOT NULL);
                CREATE INDEX orders_customer ON orders (customer, placed);
                CREATE INDEX orders_details ON orders USING gin (details);
                CREATE TABLE documents (id int PRIMARY KEY, body text NOT NULL);
                ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
                CREATE TABLE marks (name text PRIMARY KEY, made timestamptz NOT NULL);
                CREATE UNLOGGED TABLE sessions (id int PRIMARY KEY, token text);
                INSERT INTO sessions SELECT i, md5(i::text) FROM generate_series(1, 100) i
                """);
        addOrders(rows);
        run("INSERT INTO documents SELECT i, repeat(md5(i::text), 2000) FROM generate_series(1, 20) i");
    }

    public void addOrders(int rows) {
        run(String.format(Locale.ROOT, """
                SELECT setseed(%f);
                INSERT INTO orders (customer, amount, placed, note, details)
                SELECT (random() * 1000)::int, (random() * 10000)::numeric(12, 2),
                       '2024-01-01 00:00Z'::timestamptz + i * interval '1 minute', md5(random()::text),
                       jsonb_build_object('sku', md5(random()::text), 'count', (random() * 9)::int)
                FROM generate_series(1, %d) i
                """, seed, rows));
    }

    /** Updates, deletes and vacuums a part of the rows. */
    public void churn() {
        run("UPDATE orders SET amount = amount + 1, note = md5(note) WHERE id % 7 = 0");
        run("DELETE FROM orders WHERE id % 11 = 0");
        run("VACUUM orders");
    }

    /** Writes a row that says that this point was reached; recovery to a later point must have it, to an earlier not. */
    public void mark(String name) {
        run("INSERT INTO marks VALUES ('" + name + "', clock_timestamp())");
    }

    private void run(String sql) {
        cluster.sql(DATABASE, sql);
    }
}
