package org.pgagent.command;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.pgagent.catalog.BackupRemoval;
import org.pgagent.catalog.RemovalChoice;
import org.pgagent.catalog.RemovalPlan;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupDate;
import org.pgagent.repository.BackupId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pgagent delete}. */
@Command(
        name = "delete",
        header = "Deletes backups, and frees what no other backup needs.",
        description = {
            "What other backups need of a deleted one stays until they are deleted, too: any backup that is not deleted can"
                    + " be restored as before. WAL is not touched. A record of what was deleted stays ('show --all') until"
                    + " 'pgagent purge'."
        },
        footer = {
            "  pgagent delete --bucket my-backups 20261122T055500Z-F",
            "  pgagent delete --bucket my-backups --before '2026-11-01 00:00:00+00' --dry-run"
        })
public final class DeleteCommand implements Verb {
    private static final Pattern TIME_OF_PG_RMAN =
            Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}");

    private final Surroundings surroundings;
    private final Removal removal;

    @Parameters(
            arity = "0..*",
            paramLabel = "ID|TIME",
            description =
                    "The backups to delete; or, as pg_rman has it, one time in UTC to the second, which means --before TIME.")
    private List<String> words = List.of();

    @Option(
            names = "--before",
            paramLabel = "TIME",
            description =
                    "Delete the backups that nobody needs to recover this point in time or a later one: all that were"
                            + " complete by then, but for the newest of them (on each timeline) and pinned ones.")
    private String before;

    @Option(names = "--force", description = "Delete even the last backup that can be restored, and pinned ones.")
    private boolean force;

    @Option(names = "--dry-run", description = "Print what would be deleted, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    public DeleteCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.removal = new Removal("delete", surroundings);
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY));
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("delete", RemovalView.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        RemovalChoice choice = choice();
        removal.run(settings, new Removal.How(dryRun, json), new Removal.Work() {
            @Override
            public RemovalPlan plan(BackupRemoval backups) throws IOException {
                RemovalPlan plan = backups.planDelete(choice);
                if (!force) {
                    plan.requireOneLeft();
                    plan.requireNotPinned(surroundings.clock().instant());
                }
                return plan;
            }

            @Override
            public RemovalPlan act(BackupRemoval backups, RemovalPlan plan) throws IOException {
                return backups.delete(plan, force ? BackupRemoval.TheLast.MAY_GO : BackupRemoval.TheLast.STAYS);
            }
        });
        return SUCCESS;
    }

    private RemovalChoice choice() throws PgAgentException {
        Optional<Instant> time = before == null ? Optional.empty() : Optional.of(TimeArgument.parse(before, "delete"));
        Optional<Instant> timeOfPgRman = timeOfPgRman();
        if (timeOfPgRman.isPresent()) {
            if (time.isPresent()) {
                throw usage("there are two times, '" + before + "' and '" + String.join(" ", words) + "'");
            }
            return new RemovalChoice(Set.of(), timeOfPgRman);
        }
        if (words.isEmpty() && time.isEmpty()) {
            throw usage("there is neither an id nor --before: nothing says what to delete");
        }
        Set<BackupId> ids = new LinkedHashSet<>();
        for (String word : words) {
            ids.add(BackupId.parse(word).orElseThrow(() -> notAnId(word)));
        }
        return new RemovalChoice(ids, time);
    }

    /**
     * A time to the second as pg_rman's users write it, quoted or in two words. Less could mean the backups of that day as well,
     * and with T and Z it could be an id that has lost its end.
     */
    private Optional<Instant> timeOfPgRman() {
        String text = String.join(" ", words);
        return TIME_OF_PG_RMAN.matcher(text).matches() ? BackupDate.parse(text).second() : Optional.empty();
    }

    private static PgAgentException notAnId(String word) {
        return new PgAgentException(
                ErrorKind.USAGE,
                "neither a backup id nor a time to the second: '" + word
                        + "' (good ones: 20261122T055500Z-F, '2026-11-22 05:55:00')",
                "'pgagent show' lists the ids. A time deletes what nobody needs to recover it or a later one, as --before"
                        + " does.");
    }

    private static PgAgentException usage(String message) {
        return new PgAgentException(ErrorKind.USAGE, message, "Try: pgagent delete --help");
    }
}
