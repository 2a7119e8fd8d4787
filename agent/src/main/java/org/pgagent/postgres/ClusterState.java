package org.pgagent.postgres;

/** What the control file says the cluster was doing when it was written (pg_control.h, DBState). */
public enum ClusterState {
    STARTING(0, "starting up"),
    SHUT_DOWN(1, "shut down"),
    SHUT_DOWN_IN_RECOVERY(2, "shut down in recovery"),
    SHUTTING_DOWN(3, "shutting down"),
    IN_CRASH_RECOVERY(4, "in crash recovery"),
    IN_ARCHIVE_RECOVERY(5, "in archive recovery"),
    IN_PRODUCTION(6, "in production");

    private final int number;
    private final String text;

    ClusterState(int number, String text) {
        this.number = number;
        this.text = text;
    }

    static ClusterState ofNumber(int number) {
        for (ClusterState state : values()) {
            if (state.number == number) {
                return state;
            }
        }
        throw new IllegalArgumentException("not a cluster state: " + number + " (a good one: 6)");
    }

    /** As {@code pg_controldata} prints it. */
    @Override
    public String toString() {
        return text;
    }
}
