package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.BackupRecords;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.PackId;
import org.pgagent.repository.Validation;
import org.pgagent.storage.CountingObjectStore;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.transfer.StoredPacks;
import org.pgagent.transfer.TransferProgress;

/**
 * Looks whether the backups of a cluster are what was stored, as pg_rman's {@code validate} does, and says so in their records:
 * OK, or CORRUPT. A store that does not answer proves nothing: what it leaves in doubt stays as it is.
 *
 * <p>Others may take, delete and compact backups meanwhile. A record is replaced only under the condition that it still is the
 * one of the backup that was looked at; otherwise the backup is looked at again. For one run.
 */
public final class BackupValidation {
    private final ClusterKeys keys;
    private final Around around;
    private final CountingObjectStore store;
    private final BackupRecords records;
    private final ContentRead.Source source;

    /**
     * What goes on around a validation.
     *
     * @param writer who validates
     */
    public record Around(
            Clock clock, Cancellation cancellation, TransferProgress progress, BackupRecord.Writer writer) {}

    /**
     * For the backups of one cluster.
     *
     * @param store one that honours conditions
     * @param jobs how many ranges are fetched at the same time
     */
    public BackupValidation(ObjectStore store, ClusterKeys keys, int jobs, Around around) {
        this.store = new CountingObjectStore(store);
        this.keys = keys;
        this.around = around;
        this.records = new BackupRecords(this.store, keys);
        this.source = new ContentRead.Source(
                this.store, keys, jobs, new VerifiedChunks(), around.progress(), around.cancellation());
    }

    /**
     * What there is to look at. Reads only.
     *
     * @throws PgAgentException of kind NO_BACKUP if something is named that is no complete backup, ALREADY_RUNNING if one is
     *     named that is being taken
     */
    public ValidationPlan plan(ValidationChoice choice) throws IOException {
        return new ValidationPlanner(store, keys, choice).plan(around.clock().instant());
    }

    /** Looks at what a plan names, and at what else needs something that is found damaged. What it finds it does not throw. */
    public ValidationReport run(ValidationPlan plan) {
        around.progress()
                .totalKnown(
                        totals(plan)
                                .mapToLong(BackupRecord.Totals::originalBytes)
                                .sum(),
                        totals(plan).mapToLong(BackupRecord.Totals::files).sum());
        Run run = new Run(plan);
        run.leftovers();
        run.targets();
        run.sharers();
        return run.report();
    }

    private static Stream<BackupRecord.Totals> totals(ValidationPlan plan) {
        return plan.choice().depth() == Validation.Depth.QUICK
                ? Stream.empty()
                : plan.targets().stream().map(BackupRecord::totals).filter(Objects::nonNull);
    }

    /** A run, and what came of it so far. */
    private final class Run {
        private final ValidationPlan plan;
        private final Validation.Depth depth;
        private final BackupVerdict verdict = new BackupVerdict(store, keys, around);
        private final Map<BackupId, ValidationOutcome> outcomes = new HashMap<>();
        private final DamagedPacks damaged = new DamagedPacks();
        private StoredPacks packs;
        private PgAgentException doubt;
        private boolean storeFails;

        private Run(ValidationPlan plan) {
            this.plan = plan;
            this.depth = plan.choice().depth();
        }

        private interface Step {
            ValidationOutcome make() throws IOException;
        }

        /** Goes on with the next backup if only this one is in doubt; the store's failures would meet the others as well. */
        private void step(BackupId id, Step step) {
            if (storeFails) {
                outcomes.put(id, ValidationOutcome.notChecked(id));
                return;
            }
            try {
                outcomes.put(id, step.make());
            } catch (IOException e) {
                outcomes.put(id, ValidationOutcome.notChecked(id));
                doubt(e);
            }
        }

        private void doubt(IOException e) {
            PgAgentException known = e instanceof PgAgentException told
                    ? told
                    : new PgAgentException(
                            ErrorKind.STORE_FAILED, "the store could not be read: " + e, "Run it again.", e);
            storeFails = switch (known.kind()) {
                case OBJECT_CHANGED, INCOMPATIBLE, CORRUPTED -> false;
                default -> true;
            };
            if (doubt == null || storeFails) {
                doubt = known;
            }
        }

        private void leftovers() {
            plan.atWork()
                    .forEach(record -> outcomes.put(
                            record.id(),
                            ValidationOutcome.of(record, ValidationOutcome.Verdict.AT_WORK, "somebody works on it")));
            plan.leftovers().forEach(record -> step(record.id(), () -> giveUp(record.id())));
        }

        private ValidationOutcome giveUp(BackupId id) throws IOException {
            Instant now = around.clock().instant();
            Optional<BackupRecords.Versioned> found = records.read(id);
            if (found.isEmpty()) {
                return new ValidationOutcome(
                        id, Optional.empty(), null, ValidationOutcome.Verdict.GONE, List.of(), 0, "it was purged");
            }
            BackupRecord record = found.get().record();
            BackupRecord dead = AbandonedDeletion.of(record, now).orElse(record.asOf(now));
            if (dead.equals(record) || !records.giveUp(found.get(), dead)) {
                return ValidationOutcome.of(record, ValidationOutcome.Verdict.AT_WORK, "somebody works on it");
            }
            return new ValidationOutcome(
                    id,
                    Optional.of(dead),
                    record.state(),
                    ValidationOutcome.Verdict.ABANDONED,
                    List.of(),
                    0,
                    dead.error());
        }

        private void targets() {
            plan.trusted()
                    .forEach(record -> outcomes.put(
                            record.id(),
                            ValidationOutcome.of(
                                    record,
                                    ValidationOutcome.Verdict.TRUSTED,
                                    "found whole at "
                                            + record.provenAt(depth)
                                                    .orElseThrow()
                                                    .truncatedTo(ChronoUnit.SECONDS))));
            look(ids(plan.lacking()), Validation.Depth.QUICK);
            look(plan.unreadable(), depth);
            look(ids(plan.targets()), depth);
        }

        private static List<BackupId> ids(List<BackupRecord> records) {
            return records.stream().map(BackupRecord::id).toList();
        }

        /** Failed backups of whose packs some are damaged are told of before anybody can see that this one is. */
        private void look(List<BackupId> ids, Validation.Depth closely) {
            ids.forEach(id -> step(id, () -> {
                around.cancellation().check();
                AtomicReference<Damages> found = new AtomicReference<>();
                ValidationOutcome outcome =
                        verdict.of(id, new BackupVerdict.How(closely, BackupVerdict.Says.ALL, record -> {
                            found.set(new BackupLook(source, record).at(closely, listed(closely)));
                            verdict.ofOwners(found.get().packs().owners());
                            return found.get();
                        }));
                if (outcome.verdict() == ValidationOutcome.Verdict.DAMAGED && found.get() != null) {
                    damaged.addAll(found.get().packs());
                }
                return outcome;
            }));
        }

        /** A quick look at each of ten thousand backups must not list all packs each time; what seems missing is asked for. */
        private StoredPacks listed(Validation.Depth closely) throws IOException {
            if (packs == null || closely == Validation.Depth.DEEP) {
                packs = StoredPacks.list(store, keys);
            }
            return packs;
        }

        /**
         * Whoever was not looked at, and needs what was found damaged, may be damaged as well: the manifest tells. Also one that
         * has ended meanwhile: either it is seen here, or it sees at its end that its parent is damaged.
         */
        private void sharers() {
            Set<BackupId> known = new HashSet<>();
            List<BackupRecord> next = damaged.isEmpty() ? List.of() : plan.all();
            while (!next.isEmpty()) {
                next.stream().filter(BackupRecord::isComplete).forEach(record -> {
                    known.add(record.id());
                    sharer(record);
                });
                next = completeBesides(known);
            }
        }

        private List<BackupRecord> completeBesides(Set<BackupId> known) {
            try {
                return storeFails
                        ? List.of()
                        : records.list().records().stream()
                                .filter(record -> record.isComplete() && !known.contains(record.id()))
                                .toList();
            } catch (IOException e) {
                doubt(e);
                return List.of();
            }
        }

        private void sharer(BackupRecord record) {
            BackupVerdict.How how = new BackupVerdict.How(
                    depth, BackupVerdict.Says.DAMAGE_ONLY, another -> new BackupLook(source, another).at(damaged));
            ValidationOutcome before = outcomes.get(record.id());
            boolean open = before == null
                    || before.verdict() == ValidationOutcome.Verdict.TRUSTED
                    || before.verdict() == ValidationOutcome.Verdict.AT_WORK;
            if (open && needs(record, damaged.packs())) {
                step(record.id(), () -> verdict.of(record.id(), how));
                if (outcomes.get(record.id()).verdict() == ValidationOutcome.Verdict.TRUSTED) {
                    outcomes.compute(record.id(), (id, trusted) -> before == null ? null : before);
                }
            }
        }

        private ValidationReport report() {
            List<ValidationOutcome> all = outcomes.values().stream()
                    .sorted(Comparator.comparing(ValidationOutcome::id).reversed())
                    .toList();
            Map<ObjectKey, List<BackupId>> sharers = new HashMap<>();
            for (PackId pack : damaged.packs()) {
                sharers.put(
                        keys.pack(pack),
                        plan.all().stream()
                                .filter(record -> record.isComplete() && needs(record, Set.of(pack)))
                                .map(BackupRecord::id)
                                .toList());
            }
            return new ValidationReport(plan.choice(), all, newestGood(), sharers, Optional.ofNullable(doubt));
        }

        private Optional<BackupRecord> newestGood() {
            return plan.all().stream()
                    .filter(record -> record.id().isBackup())
                    .map(record -> Optional.ofNullable(outcomes.get(record.id()))
                            .flatMap(ValidationOutcome::record)
                            .orElse(record))
                    .filter(record -> record.restorable()
                            && Optional.ofNullable(outcomes.get(record.id()))
                                    .filter(outcome -> outcome.verdict() == ValidationOutcome.Verdict.NOT_CHECKED)
                                    .isEmpty())
                    .max(Comparator.comparing(BackupRecord::id));
        }
    }

    /** Whether a complete backup has one of some packs for its own, or needs it of others. */
    private static boolean needs(BackupRecord record, Set<PackId> packs) {
        Set<PackId> needed = new TreeSet<>(record.neededPacks());
        if (record.packs() != null) {
            record.packs().forEach(pack -> needed.add(pack.of(record.id())));
        }
        return packs.stream().anyMatch(needed::contains);
    }
}
