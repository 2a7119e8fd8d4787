package org.pgagent.kit;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** SQL in, text out. */
public final class Sql {
    private Sql() {}

    /**
     * Runs one or several commands, each in a transaction of its own, and returns the rows of the last one, as text; null
     * stays null. No rows if that one gives none.
     */
    public static List<List<String>> run(Connection connection, String sql) throws SQLException {
        List<List<String>> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            boolean hasRows = statement.execute(sql);
            while (hasRows || statement.getUpdateCount() >= 0) {
                rows.clear();
                if (hasRows) {
                    readInto(rows, statement);
                }
                hasRows = statement.getMoreResults();
            }
        }
        return rows;
    }

    private static void readInto(List<List<String>> rows, Statement statement) throws SQLException {
        try (ResultSet result = statement.getResultSet()) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>(columns);
                for (int i = 1; i <= columns; i++) {
                    row.add(result.getString(i));
                }
                rows.add(row);
            }
        }
    }
}
