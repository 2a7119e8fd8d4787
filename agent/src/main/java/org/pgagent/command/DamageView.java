package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgagent.catalog.Damage;
import org.pgagent.catalog.DamagedFile;
import org.pgagent.catalog.ValidationReport;
import org.pgagent.postgres.RelationFile;
import org.pgagent.repository.BackupId;

/**
 * Something damaged, as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param kind record, manifest, pack, pages or wal
 * @param object the key in the store
 * @param problem what is wrong with it
 * @param alsoNeededBy other backups that need something of the same pack
 * @param file the path in the data directory of a file that cannot be restored as it was; absent if none can be told, and so
 *     is what follows
 * @param damagedBytes how much of it
 * @param database of a relation's file, 0 of a shared one; absent of other files, and so are {@code tablespace},
 *     {@code relation} (the file number) and {@code fork}
 * @param name what the relation is called now; absent if no server was asked or it knows none
 * @param blocks of a relation's file, the first of them: numbers within the fork, without {@code end}
 * @param bytes of another file, the same
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record DamageView(
        String kind,
        String object,
        String problem,
        List<BackupId> alsoNeededBy,
        String file,
        Long damagedBytes,
        Long database,
        Long tablespace,
        Long relation,
        String fork,
        String name,
        List<DamagedFile.Stretch> blocks,
        List<DamagedFile.Stretch> bytes) {
    private static final int FILES_TOLD_MAX = 10;
    private static final int STRETCHES_TOLD_MAX = 5;
    private static final int WIDTH = 80;

    static DamageView of(Damage damage, BackupId backup, ValidationReport report, RelationNames names) {
        Optional<DamagedFile> file = damage.file();
        Optional<RelationFile> relation = file.flatMap(DamagedFile::relation);
        List<BackupId> others = damage.kind() == Damage.Kind.PACK
                ? report.sharers().getOrDefault(damage.object(), List.of()).stream()
                        .filter(id -> !id.equals(backup))
                        .toList()
                : List.of();
        return new DamageView(
                damage.kind().name().toLowerCase(Locale.ROOT),
                damage.object().value(),
                damage.problem(),
                others,
                file.map(found -> found.path().toString()).orElse(null),
                file.map(DamagedFile::bytes).orElse(null),
                relation.map(RelationFile::database).orElse(null),
                relation.map(RelationFile::tablespace).orElse(null),
                relation.map(RelationFile::relation).orElse(null),
                relation.map(found -> found.fork().name().toLowerCase(Locale.ROOT))
                        .orElse(null),
                names.of(damage),
                relation.isPresent() ? file.get().stretches() : null,
                file.isPresent() && relation.isEmpty() ? file.get().stretches() : null);
    }

    /** What is damaged of one backup, object by object. */
    static List<String> lines(ValidationView.Backup backup) {
        List<String> lines = new ArrayList<>();
        lines.add(backup.id() + " is damaged:");
        Map<String, List<DamageView>> byObject = backup.damages().stream()
                .collect(Collectors.groupingBy(damage -> damage.object, LinkedHashMap::new, Collectors.toList()));
        byObject.forEach((object, damages) -> {
            lines.add("  " + object);
            damages.stream().map(damage -> damage.problem).distinct().forEach(problem -> indented(lines, 4, problem));
            List<BackupId> others = damages.get(0).alsoNeededBy;
            if (!others.isEmpty()) {
                indented(
                        lines,
                        4,
                        "also needed by "
                                + others.stream().map(BackupId::toString).collect(Collectors.joining(" ")));
            }
            List<DamageView> files =
                    damages.stream().filter(damage -> damage.file != null).toList();
            files.stream().limit(FILES_TOLD_MAX).forEach(damage -> {
                lines.add("    " + damage.file);
                indented(lines, 6, damage.place());
            });
            if (files.size() > FILES_TOLD_MAX) {
                lines.add("    and " + (files.size() - FILES_TOLD_MAX) + " more files (--json names them)");
            }
        });
        if (backup.moreDamages() > 0) {
            lines.add("  and more, " + backup.moreDamages() + " times");
        }
        return lines;
    }

    private static void indented(List<String> lines, int indent, String text) {
        Wrapped.lines(text, WIDTH - indent).forEach(line -> lines.add(" ".repeat(indent) + line));
    }

    private String place() {
        if (relation == null) {
            return told("byte", bytes);
        }
        String whose = database == 0 ? "shared by all databases" : "database " + database;
        return (name == null ? "" : name + ", ") + "relation file " + relation + ", " + fork.replace('_', ' ')
                + " fork, " + whose + ", " + told("block", blocks);
    }

    private static String told(String unit, List<DamagedFile.Stretch> stretches) {
        boolean single = stretches.size() == 1
                && stretches.get(0).end() == stretches.get(0).first() + 1;
        return unit
                + (single ? " " : "s ")
                + stretches.stream()
                        .limit(STRETCHES_TOLD_MAX)
                        .map(stretch -> stretch.end() == stretch.first() + 1
                                ? String.valueOf(stretch.first())
                                : stretch.first() + "-" + (stretch.end() - 1))
                        .collect(Collectors.joining(", "))
                + (stretches.size() > STRETCHES_TOLD_MAX ? ", …" : "");
    }
}
