package org.pgagent.repository;

/**
 * Who archives: a data directory on a host, told apart from all its copies by its id.
 *
 * @param id of the data directory; the same as long as it stays where it is, whatever becomes of host name and process
 * @param dataDirectory where it is, for people
 * @param writer the process that speaks for it, for people
 */
public record WriterIdentity(String id, String dataDirectory, BackupRecord.Writer writer) {
    public WriterIdentity {
        if (id == null || !id.matches("[0-9a-z-]{1,100}")) {
            throw new IllegalArgumentException(
                    "not the id of a data directory: '" + id + "' (a good one: 0123456789abcdef0123456789abcdef-1234)");
        }
        if (dataDirectory == null || writer == null) {
            throw new IllegalArgumentException("an owner without data directory or process");
        }
    }

    /** Such as {@code host db1, data directory /var/lib/postgresql/17/main}. */
    public String describe() {
        return "host " + writer.host() + ", data directory " + dataDirectory;
    }
}
