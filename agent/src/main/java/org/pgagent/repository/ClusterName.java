package org.pgagent.repository;

/** The name under which a repository keeps a cluster: letters, digits, {@code .}, {@code _} and {@code -}. */
public record ClusterName(String value) {
    public ClusterName {
        if (!value.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException(
                    "not a cluster name: '" + value
                            + "' (1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit; a good one: main)");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
