package org.pgagent.catalog;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;

/** Which bytes of which packs are known to be missing or damaged. Thread-safe. */
final class DamagedPacks {
    static final int PLACES_MAX = 100_000;

    /** Where the packs end that are shorter than they should be; 0 for a missing one. */
    private final Map<PackId, End> ends = new HashMap<>();

    /** The beginning and the end of each damaged chunk. */
    private final Map<PackId, TreeMap<Long, Long>> places = new HashMap<>();

    private int count;

    private record End(long size, String problem) {}

    /**
     * Nothing of a pack is there from some byte on; from 0 on if it is missing.
     *
     * @param problem what is wrong with it, to be said after its name
     */
    synchronized void endsAt(PackId pack, long size, String problem) {
        ends.merge(pack, new End(size, problem), (one, other) -> one.size <= other.size ? one : other);
    }

    synchronized void chunk(PlacedChunk chunk) {
        place(chunk.pack(), chunk.packOffset(), chunk.packEnd());
    }

    /** A pack for whose places there is no room counts as damaged everywhere. */
    private void place(PackId pack, long begin, long end) {
        TreeMap<Long, Long> known = places.computeIfAbsent(pack, any -> new TreeMap<>());
        if (known.containsKey(begin)) {
            return;
        }
        if (count < PLACES_MAX) {
            known.put(begin, end);
            count++;
        } else {
            places.put(pack, new TreeMap<>(Map.of(0L, Long.MAX_VALUE)));
        }
    }

    synchronized void addAll(DamagedPacks other) {
        other.ends.forEach((pack, end) -> endsAt(pack, end.size, end.problem));
        other.places.forEach((pack, found) -> found.forEach((begin, end) -> place(pack, begin, end)));
    }

    /** What is wrong with the pack of a chunk if any byte of the chunk is known to be damaged. */
    synchronized Optional<String> problem(PlacedChunk chunk) {
        End end = ends.get(chunk.pack());
        if (end != null && end.size < chunk.packEnd()) {
            return Optional.of(end.problem);
        }
        return Optional.ofNullable(places.get(chunk.pack()))
                .map(found -> found.lowerEntry(chunk.packEnd()))
                .filter(before -> before.getValue() > chunk.packOffset())
                .map(damaged -> "has a damaged chunk");
    }

    /** Whether a chunk is known to be damaged although its pack is there. */
    synchronized boolean hasDamaged(PlacedChunk chunk) {
        End end = ends.get(chunk.pack());
        return problem(chunk).isPresent() && (end == null || end.size > 0);
    }

    /** Whether a pack that is there is damaged. */
    boolean haveDamaged() {
        return !owners().isEmpty();
    }

    synchronized boolean isEmpty() {
        return ends.isEmpty() && places.isEmpty();
    }

    /** Who has stored a pack that is there and damaged. */
    synchronized Set<BackupId> owners() {
        return packs().stream()
                .filter(pack -> places.containsKey(pack) || ends.get(pack).size > 0)
                .map(PackId::backup)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    synchronized Set<PackId> packs() {
        Set<PackId> packs = new TreeSet<>(ends.keySet());
        packs.addAll(places.keySet());
        return packs;
    }
}
