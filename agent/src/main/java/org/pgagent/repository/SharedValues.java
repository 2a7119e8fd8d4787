package org.pgagent.repository;

import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes the records of very many backups small in memory: what they have in common, such as the settings of one server and the
 * names of packs, is there once, and what one needs of another's pack takes 20 bytes. Thread-safe.
 */
final class SharedValues {
    private final Map<Object, Object> values = new ConcurrentHashMap<>();

    /** The same record, in less memory. */
    BackupRecord in(BackupRecord record) {
        BackupRecordCopy copy = new BackupRecordCopy(record);
        copy.source = record.source() == null ? null : shared(record.source());
        copy.writer = record.writer() == null ? null : shared(record.writer());
        copy.needs = record.needs() == null ? null : new Needs(record.needs(), this);
        return copy.record();
    }

    private <T> T shared(T value) {
        @SuppressWarnings("unchecked") // equal values are of one type
        T first = (T) values.putIfAbsent(value, value);
        return first == null ? value : first;
    }

    private static final class Needs extends AbstractList<BackupRecord.Need> implements RandomAccess {
        private final PackId[] packs;
        private final long[] storedBytes;
        private final long[] ends;

        Needs(List<BackupRecord.Need> needs, SharedValues values) {
            packs = new PackId[needs.size()];
            storedBytes = new long[needs.size()];
            ends = new long[needs.size()];
            int at = 0;
            for (BackupRecord.Need need : needs) {
                packs[at] = values.shared(need.pack());
                storedBytes[at] = need.storedBytes();
                ends[at++] = need.end();
            }
        }

        @Override
        public BackupRecord.Need get(int index) {
            return new BackupRecord.Need(packs[index], storedBytes[index], ends[index]);
        }

        @Override
        public int size() {
            return packs.length;
        }
    }
}
