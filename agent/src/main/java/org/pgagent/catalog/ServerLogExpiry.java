package org.pgagent.catalog;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgagent.repository.LogPiece;
import org.pgagent.repository.ServerLogPolicy;
import org.pgagent.repository.ServerLogs;
import org.pgagent.repository.StoredLog;
import org.pgagent.storage.ObjectStore;

/**
 * Removes the server's log files from the repository that a policy does not keep. Lists what is stored, twice if a number of
 * files is to be kept; reads no object. What it has not come to when it fails, the next one finds.
 */
public final class ServerLogExpiry {
    private final ServerLogs logs;
    private final ServerLogPolicy policy;
    private final Clock clock;

    public ServerLogExpiry(ServerLogs logs, ServerLogPolicy policy, Clock clock) {
        this.logs = logs;
        this.policy = policy;
        this.clock = clock;
    }

    /** So many files, and how many bytes they had. */
    public record Gone(long files, long bytes) {
        public static final Gone NOTHING = new Gone(0, 0);
    }

    /** What {@link #run} would remove. Reads only. */
    public Gone plan() throws IOException {
        return expire(pieces -> {});
    }

    /** Removes it. */
    public Gone run() throws IOException {
        return expire(logs::delete);
    }

    @FunctionalInterface
    private interface Deed {
        void take(List<LogPiece> pieces) throws IOException;
    }

    private Gone expire(Deed deed) throws IOException {
        if (policy.keepsEverything()) {
            return Gone.NOTHING;
        }
        long keptFrom = keptFrom();
        List<LogPiece> going = new ArrayList<>();
        long files = 0;
        long bytes = 0;
        ServerLogs.Walk walk = logs.walk();
        for (Optional<StoredLog> log = walk.next(); log.isPresent(); log = walk.next()) {
            if (log.get().modifiedMillis() < keptFrom) {
                files++;
                bytes += log.get().last().map(LogPiece::end).orElse(0L);
                going.addAll(log.get().pieces());
            }
            if (going.size() >= ObjectStore.DELETE_MAX_KEYS) {
                deed.take(going);
                going.clear();
            }
        }
        deed.take(going);
        return new Gone(files, bytes);
    }

    private long keptFrom() throws IOException {
        ServerLogPolicy.Moment moment = policy.moment();
        if (policy.files().isPresent()) {
            ServerLogs.Walk walk = logs.walk();
            for (Optional<StoredLog> log = walk.next(); log.isPresent(); log = walk.next()) {
                moment.see(log.get().modifiedMillis());
            }
        }
        return moment.millis(clock.instant());
    }
}
