package org.pgagent.catalog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgagent.postgres.RelationFile;
import org.pgagent.storage.ObjectKey;

/** Gathers what is found damaged of one backup, a line for each file and object; what is held is bounded. Thread-safe. */
final class Damages {
    static final int TOLD_MAX = 1000;

    private final Map<Damage, Places> lines = new LinkedHashMap<>();
    private final DamagedPacks packs = new DamagedPacks();
    private boolean onlyMissingPacks = true;
    private long untold;

    /** The damaged stretches of one file in one object. */
    private static final class Places {
        private final List<DamagedFile.Stretch> stretches = new ArrayList<>(1);
        private long bytes;

        private void add(DamagedFile.Stretch next, long length) {
            bytes += length;
            int last = stretches.size() - 1;
            if (last >= 0 && stretches.get(last).end() == next.first()) {
                stretches.set(last, new DamagedFile.Stretch(stretches.get(last).first(), next.end()));
            } else if (stretches.size() < DamagedFile.STRETCHES_MAX) {
                stretches.add(next);
            }
        }
    }

    /** Notes that an object is damaged. */
    synchronized void add(Damage.Kind kind, ObjectKey object, String problem) {
        line(new Damage(kind, object, problem, Optional.empty()));
    }

    /**
     * Notes that a stretch of a file is damaged.
     *
     * @param fileOffset where it begins
     */
    synchronized void add(Damage where, ReadFile file, long fileOffset, long length) {
        DamagedFile named = new DamagedFile(file.path(), file.relation(), List.of(), 0);
        Places places = line(new Damage(where.kind(), where.object(), where.problem(), Optional.of(named)));
        if (places != null) {
            places.add(file.stretch(fileOffset, length), length);
        }
    }

    private Places line(Damage line) {
        onlyMissingPacks &= line.kind() == Damage.Kind.PACK;
        if (lines.size() >= TOLD_MAX && !lines.containsKey(line)) {
            untold++;
            return null;
        }
        return lines.computeIfAbsent(line, any -> new Places());
    }

    /** The places in packs. */
    DamagedPacks packs() {
        return packs;
    }

    synchronized boolean isEmpty() {
        return lines.isEmpty();
    }

    /** Notes that something is damaged whose pack is there. */
    synchronized void packIsThere() {
        onlyMissingPacks = false;
    }

    /** Whether nothing is damaged but for packs that are not there. */
    synchronized boolean areOnlyMissingPacks() {
        return onlyMissingPacks && !packs.haveDamaged();
    }

    /** How often something was found that there was no room for. */
    synchronized long untold() {
        return untold;
    }

    synchronized List<Damage> list() {
        List<Damage> list = new ArrayList<>();
        lines.forEach((line, places) -> list.add(new Damage(
                line.kind(),
                line.object(),
                line.problem(),
                line.file()
                        .map(file -> new DamagedFile(file.path(), file.relation(), places.stretches, places.bytes)))));
        return list;
    }

    /** The first of them, in a few words for the backup's record. */
    synchronized String summary() {
        Damage first = list().get(0);
        long more = lines.size() - 1 + untold;
        return first
                + first.file()
                        .map(file -> ", which " + file.path() + " needs" + relation(file))
                        .orElse("")
                + (more == 0 ? "" : "; and " + more + " more");
    }

    private static String relation(DamagedFile file) {
        return file.relation()
                .map(RelationFile::relation)
                .map(relation -> " (relation file " + relation + ")")
                .orElse("");
    }
}
