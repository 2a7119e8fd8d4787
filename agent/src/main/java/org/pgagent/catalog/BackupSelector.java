package org.pgagent.catalog;

import java.util.Optional;
import java.util.regex.Pattern;
import org.pgagent.repository.BackupId;

/**
 * Names backups: one by its id, or all that began at a time of which the first parts are given, such as {@code 2026-11-22},
 * {@code 2026-11} or {@code 20261122T0555}, in UTC.
 *
 * @param digits what is given of the time
 * @param id the whole id, if it is one
 */
public record BackupSelector(String digits, Optional<BackupId> id) {
    private static final Pattern TIME = Pattern.compile(
            "\\d{4}(-?\\d{2}(-?\\d{2}([T ]?\\d{2}(:?\\d{2}(:?\\d{2})?)?)?)?)?Z?", Pattern.CASE_INSENSITIVE);

    /**
     * Reads what somebody has written.
     *
     * @throws IllegalArgumentException if the text is neither an id nor the beginning of a time
     */
    public static BackupSelector parse(String text) {
        Optional<BackupId> id = BackupId.parse(text);
        if (id.isEmpty() && !TIME.matcher(text).matches()) {
            throw new IllegalArgumentException("neither a backup id nor a date: '" + text
                    + "' (good ones: 20261122T055500Z-F, 2026-11-22, 2026-11)");
        }
        return new BackupSelector(id.map(BackupSelector::digits).orElse(digits(text)), id);
    }

    private static String digits(Object text) {
        return text.toString().replaceAll("[^0-9]", "");
    }

    boolean selects(BackupId other) {
        return id.isPresent() ? id.get().equals(other) : digits(other).startsWith(digits);
    }

    @Override
    public String toString() {
        return id.map(BackupId::toString).orElse(digits);
    }
}
