package org.pgagent.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.pgagent.postgres.DataDirectoryRules;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.EntryRule;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.LinkTarget;

/**
 * What a backup would be if it began now.
 *
 * @param parent what it would be compared with; empty if it would be full
 * @param why that is so, in a few words
 * @param content what it would read, by a walk through the data directory
 */
public record BackupPlan(Optional<BackupRecord> parent, String why, Content content) {
    /**
     * Counts and sizes of what is copied.
     *
     * @param tablespaces the links to them
     * @param newerFiles files that were modified since the parent began; all, if there is none
     * @param newerBytes their sizes: no backup stores much more than that, before compression
     * @param excluded entries that are left out because somebody said so, those below them not counted
     */
    public record Content(
            long files,
            long bytes,
            long directories,
            long tablespaces,
            long newerFiles,
            long newerBytes,
            long excluded) {}

    /** Walks through the data directory. */
    static BackupPlan of(ParentChoice.Choice choice, Path dataDirectory, DataDirectoryRules rules) throws IOException {
        Instant since = choice.parent().map(parent -> parent.start().time()).orElse(Instant.MIN);
        Counter counter = new Counter(since);
        new DataDirectoryScan(dataDirectory, rules, counter).run();
        counter.file(DataDirectoryScan.controlFile(dataDirectory));
        return new BackupPlan(choice.parent(), choice.why(), counter.content());
    }

    private static final class Counter implements DataDirectoryScan.Sink {
        private final Instant since;
        private long files;
        private long bytes;
        private long directories;
        private long tablespaces;
        private long newerFiles;
        private long newerBytes;
        private long excluded;

        Counter(Instant since) {
            this.since = since;
        }

        @Override
        public void directory(DataPath path, int mode) {
            directories++;
        }

        @Override
        public void link(DataPath path, LinkTarget target) {
            tablespaces++;
        }

        @Override
        public void file(SourceFile file) {
            files++;
            bytes += file.sizeBytes();
            if (!file.modifiedAt().isBefore(since)) {
                newerFiles++;
                newerBytes += file.sizeBytes();
            }
        }

        @Override
        public void leftOut(DataPath path, EntryRule rule) {
            if (rule == EntryRule.EXCLUDED) {
                excluded++;
            }
        }

        Content content() {
            return new Content(files, bytes, directories, tablespaces, newerFiles, newerBytes, excluded);
        }
    }
}
