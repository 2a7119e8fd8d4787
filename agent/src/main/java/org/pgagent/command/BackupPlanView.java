package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.List;
import org.pgagent.backup.BackupPlan;
import org.pgagent.backup.BackupSettings;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupKind;

/**
 * What a backup would be, as it is printed: as lines for people, or, with these names, as JSON.
 *
 * @param postgresVersion the major version
 * @param parent what it would be compared with; missing if it would be full
 * @param why it would be of that kind
 * @param content what would be read at most
 * @param excluded patterns of what would be left out
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record BackupPlanView(
        String repository,
        String cluster,
        int postgresVersion,
        String dataDirectory,
        BackupKind kind,
        BackupId parent,
        String why,
        BackupPlan.Content content,
        List<String> excluded) {
    /** From where to where. */
    record Place(String repository, String cluster, int major, Path dataDirectory) {}

    static BackupPlanView of(BackupPlan plan, BackupSettings settings, Place place) {
        return new BackupPlanView(
                place.repository(),
                place.cluster(),
                place.major(),
                place.dataDirectory().toString(),
                plan.parent().isPresent() ? BackupKind.INCREMENTAL : BackupKind.FULL,
                plan.parent().map(parent -> parent.id()).orElse(null),
                plan.why(),
                plan.content(),
                settings.exclusions().globs());
    }

    List<String> lines() {
        String what = parent == null ? "a full backup" : "an incremental backup with the parent " + parent;
        FactLines lines = FactLines.below("Would take " + what + " of PostgreSQL " + postgresVersion);
        lines.add("Why", why);
        lines.add("From", dataDirectory);
        lines.add("Into", "'" + cluster + "' in " + repository);
        lines.add(
                "Reads",
                "at most " + FactLines.size(content.bytes()) + " in " + content.files() + " files, "
                        + content.tablespaces() + " tablespaces");
        lines.add(
                "Stores",
                "at most about " + FactLines.size(content.newerBytes()) + " before compression"
                        + (parent == null ? "" : ": " + content.newerFiles() + " files are newer than the parent"));
        if (!excluded.isEmpty()) {
            lines.add("Excluded", content.excluded() + " entries by " + String.join(", ", excluded));
        }
        return lines.all();
    }
}
