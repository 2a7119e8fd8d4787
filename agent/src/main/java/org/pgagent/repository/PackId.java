package org.pgagent.repository;

import java.util.Comparator;
import java.util.Optional;
import org.pgagent.storage.ObjectKey;

/** One data object of a backup: the {@code number}-th, from 0. Printed as manifests have it: {@code 20261122T055500Z-F/0}. */
public record PackId(BackupId backup, int number) implements Comparable<PackId> {
    private static final Comparator<PackId> ORDER =
            Comparator.comparing(PackId::backup).thenComparingInt(PackId::number);

    public static PackId parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException("not a pack: '" + text + "' (a good one: 20261122T055500Z-F/0)");
        }
        return new PackId(new BackupId(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** The pack that an object of a backup is; its name is {@code <number>.pack}. */
    public static PackId of(BackupId backup, ObjectKey object) {
        return parse(backup + "/" + object.name().replace(".pack", ""));
    }

    /** The pack that an object of a backup is; empty if it is none. */
    public static Optional<PackId> find(BackupId backup, ObjectKey object) {
        return object.name().matches("[0-9]{1,9}\\.pack") ? Optional.of(of(backup, object)) : Optional.empty();
    }

    @Override
    public int compareTo(PackId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return backup + "/" + number;
    }
}
