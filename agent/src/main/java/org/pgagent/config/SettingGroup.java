package org.pgagent.config;

/** Settings that belong together, in the order of help texts and of the reference. */
public enum SettingGroup {
    REPOSITORY("Repository", "Where backups and WAL are kept, and how to talk to the store."),
    OBJECTS("New objects", "How the store keeps what is written."),
    CONNECTION(
            "Connection",
            "The cluster to back up. What is not set comes from libpq's environment variables, "
                    + "service file and password file."),
    STANDBY("Standby", "A standby that is copied; of a backup only."),
    WORK("Work", "How the work is done."),
    RETENTION("Retention", "What 'pgagent expire' keeps; a backup goes only if no rule keeps it."),
    AGENT("Agent", "How the resident agent for WAL behaves."),
    OUTPUT("Output", "What is told while the work is done.");

    private final String title;
    private final String meaning;

    SettingGroup(String title, String meaning) {
        this.title = title;
        this.meaning = meaning;
    }

    public String title() {
        return title;
    }

    public String meaning() {
        return meaning;
    }
}
