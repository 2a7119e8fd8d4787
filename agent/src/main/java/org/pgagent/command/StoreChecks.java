package org.pgagent.command;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.pgagent.catalog.RepositoryCheck;
import org.pgagent.config.DurationText;
import org.pgagent.config.Setting;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.storage.ConditionSupport;
import org.pgagent.storage.ObjectStore;

/** What is tried on a store, and on the clocks, before anybody relies on them. */
final class StoreChecks {
    /** Signatures of requests are good for fifteen minutes; clocks that are this far apart are not being set. */
    private static final Duration SKEW_MAX = Duration.ofMinutes(1);

    /** A store tells its time to the second. */
    private static final Duration SKEW_NOTED = Duration.ofSeconds(2);

    private static final String UPLOADS = "unfinished uploads";

    private static final String CONDITIONS = "conditional writes";

    private final Surroundings surroundings;
    private final ClusterKeys keys;
    private final Findings findings;

    StoreChecks(Surroundings surroundings, Settings settings, Findings findings) throws IOException {
        this.surroundings = surroundings;
        this.keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        this.findings = findings;
    }

    private RepositoryCheck check(ObjectStore store) {
        return new RepositoryCheck(store, keys, surroundings.clock(), surroundings.random());
    }

    /** The store, if it can be listed; writes nothing. */
    Optional<ObjectStore> look(ObjectStore store) throws IOException {
        return findings.attempt(
                "store",
                () -> {
                    check(store).list();
                    return store;
                },
                listed -> listed.describe() + " answers and can be listed");
    }

    /** The store, if it can be listed and written to. */
    Optional<ObjectStore> run(ObjectStore store) throws IOException {
        if (look(store).isEmpty()) {
            findings.skip("write");
            return Optional.empty();
        }
        return write(store);
    }

    /** The same for one that can be listed. */
    Optional<ObjectStore> write(ObjectStore store) throws IOException {
        RepositoryCheck check = check(store);
        Optional<Duration> ahead =
                findings.attempt("write", check::write, skew -> "put, multipart upload, get and delete work");
        if (ahead.isEmpty()) {
            return Optional.empty();
        }
        noteClock("clock of the store", ahead.get());
        tryUploads(check);
        Optional<ConditionSupport> conditions = findings.attempt(
                CONDITIONS,
                check::conditions,
                support -> support == ConditionSupport.HONOURED ? "honoured" : "not honoured");
        if (conditions.equals(Optional.of(ConditionSupport.IGNORED))) {
            findings.doubt(
                    CONDITIONS,
                    "not honoured: two hosts that write the same object in the same moment may overwrite each other unseen",
                    "Let only one host write to this repository, or use a store that honours If-None-Match.");
        }
        return conditions.map(support -> store);
    }

    /** All else works without. */
    private void tryUploads(RepositoryCheck check) throws IOException {
        try {
            check.uploads();
            findings.good(UPLOADS, "can be found and aborted");
        } catch (PgAgentException e) {
            if (e.kind() == ErrorKind.INTERRUPTED) {
                throw e;
            }
            findings.doubt(
                    UPLOADS,
                    e.getMessage(),
                    "Allow s3:ListBucketMultipartUploads and s3:AbortMultipartUpload; or have a bucket rule abort what killed"
                            + " processes leave, which some stores do by themselves after a day.");
        }
    }

    /** Notes how far a clock is ahead of this host's, and that somebody should look if that is far. */
    void noteClock(String subject, Duration ahead) {
        String difference = ahead.abs().compareTo(SKEW_NOTED) < 0
                ? "as this host's"
                : DurationText.rounded(ahead.abs()) + (ahead.isNegative() ? " behind" : " ahead of") + " this host's";
        if (ahead.abs().compareTo(SKEW_MAX) > 0) {
            findings.doubt(
                    subject,
                    difference,
                    "Set the clocks by NTP; times of recovery targets are those of the server's clock.");
        } else {
            findings.good(subject, difference);
        }
    }
}
