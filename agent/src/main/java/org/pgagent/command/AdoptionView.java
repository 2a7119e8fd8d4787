package org.pgagent.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import org.pgagent.repository.Lease;
import org.pgagent.repository.WriterLease;

/** What came, or would come, of an adoption as it is printed. */
record AdoptionView(String cluster, String repository, boolean dryRun, WriterLease.Adoption adoption) {
    /**
     * What {@code --json} prints.
     *
     * @param changed whether the right to archive has another owner now
     * @param before the lease as it was; missing if there was none
     * @param now the lease as it is
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Report(String repository, String cluster, boolean dryRun, boolean changed, Lease before, Lease now) {}

    Report report() {
        return new Report(
                repository,
                cluster,
                dryRun,
                !dryRun && !adoption.isNothingNew(),
                adoption.before().orElse(null),
                adoption.now());
    }

    List<String> lines() {
        Lease now = adoption.now();
        Optional<Lease> former = adoption.before();
        String what = "the right to archive '" + cluster + "' in " + repository;
        if (adoption.isNothingNew()) {
            return List.of("This data directory has " + what + " already, epoch " + now.epoch() + ".");
        }
        FactLines lines = FactLines.below((dryRun ? "Would take over " : "Took over ") + what);
        lines.add("From", former.map(lease -> lease.owner().describe()).orElse("nobody"));
        former.ifPresent(lease -> lines.more("timeline " + lease.timeline() + ", last heard of at "
                + FactLines.time(lease.renewedAt()) + ", epoch " + lease.epoch()));
        lines.add("To", now.owner().describe());
        lines.more("timeline " + now.timeline() + ", epoch " + now.epoch());
        if (former.isPresent()) {
            lines.add(
                    "Note",
                    "if the former node still runs, its archiver is refused after " + WriterLease.LOOK_EVERY.toSeconds()
                            + " s, and its WAL stays in its");
            lines.more("pg_wal and fills it up: stop it, or give it another name with --cluster");
        }
        return lines.all();
    }
}
