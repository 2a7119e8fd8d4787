package org.pgagent.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table of text: a line of titles, a rule, and a line for each row, with columns as wide as their widest cell. A title
 * that begins with {@code >} makes its column stand to the right. Not thread-safe.
 */
final class TextTable {
    private static final String GAP = "  ";

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    private TextTable(String[] titles) {
        right = new boolean[titles.length];
        String[] bare = new String[titles.length];
        for (int i = 0; i < titles.length; i++) {
            right[i] = titles[i].startsWith(">");
            bare[i] = right[i] ? titles[i].substring(1) : titles[i];
        }
        rows.add(bare);
    }

    static TextTable of(String... titles) {
        return new TextTable(titles);
    }

    void row(String... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException(cells.length + " cells for " + right.length + " columns");
        }
        rows.add(cells.clone());
    }

    /** The lines, without blanks at their ends. */
    List<String> lines() {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            lines.add(line(row, widths));
        }
        lines.add(1, "-".repeat(Arrays.stream(widths).sum() + GAP.length() * (widths.length - 1)));
        return lines;
    }

    private String line(String[] row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            String padding = " ".repeat(widths[i] - row[i].length());
            line.append(i == 0 ? "" : GAP).append(right[i] ? padding + row[i] : row[i] + padding);
        }
        return line.toString().stripTrailing();
    }
}
