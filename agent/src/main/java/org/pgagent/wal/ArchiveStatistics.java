package org.pgagent.wal;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.pgagent.error.ErrorKind;

/** What an agent has done since its start. Thread-safe. */
public final class ArchiveStatistics {
    private final Clock clock;
    private final AtomicLong pushed = new AtomicLong();
    private final AtomicLong pushedBytes = new AtomicLong();
    private final AtomicLong pushNanos = new AtomicLong();
    private final AtomicLong pushFailures = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final AtomicLong fetched = new AtomicLong();
    private final AtomicLong fetchedBytes = new AtomicLong();
    private final AtomicLong fetchNanos = new AtomicLong();
    private final AtomicLong fetchFailures = new AtomicLong();
    private final AtomicLong absences = new AtomicLong();
    private volatile Optional<Integer> gaps = Optional.empty();
    private volatile Optional<Instant> lastBackup = Optional.empty();
    private volatile Optional<Event> lastPushed = Optional.empty();
    private volatile Optional<Event> lastFailure = Optional.empty();

    public ArchiveStatistics(Clock clock) {
        this.clock = clock;
    }

    /** Something that happened to a file; {@code what} is empty where that it happened says all. */
    public record Event(String file, Instant at, String what) {}

    /** Sums of one direction. */
    public record Sums(long files, long originalBytes, Duration time, long failures) {}

    void stored(String file, long originalBytes, Duration took) {
        pushed.incrementAndGet();
        pushedBytes.addAndGet(originalBytes);
        pushNanos.addAndGet(took.toNanos());
        lastPushed = Optional.of(new Event(file, clock.instant(), ""));
    }

    void notStored(String file, Optional<ErrorKind> kind, String reason) {
        boolean refused = kind.isPresent()
                && switch (kind.get()) {
                    case ARCHIVE_CONFLICT, FOREIGN_CLUSTER, BAD_ARCHIVE_FILE, FENCED -> true;
                    default -> false;
                };
        (refused ? refusals : pushFailures).incrementAndGet();
        lastFailure = Optional.of(new Event(file, clock.instant(), reason));
    }

    void fetched(long originalBytes, Duration took) {
        fetched.incrementAndGet();
        fetchedBytes.addAndGet(originalBytes);
        fetchNanos.addAndGet(took.toNanos());
    }

    void absent() {
        absences.incrementAndGet();
    }

    void notFetched() {
        fetchFailures.incrementAndGet();
    }

    /**
     * Notes what a round of healing has seen; what an earlier one saw stands where this one has not looked. A file that the
     * archive does not take counts once in each round.
     */
    public void seen(HealResult result) {
        if (result.looked()) {
            gaps = result.open().map(List::size);
            lastBackup = result.lastBackup();
            result.refused()
                    .forEach(file -> notStored(
                            file.file(),
                            Optional.of(file.reason().kind()),
                            file.reason().getMessage()));
        }
    }

    /** How many stretches of WAL since the newest backup are gone for good; empty if that is not known. */
    public Optional<Integer> gaps() {
        return gaps;
    }

    /** When the newest backup was complete; empty if there is none, or nobody has looked yet. */
    public Optional<Instant> lastBackup() {
        return lastBackup;
    }

    /** Files that the store has confirmed, those among them that it had already; failures are those that may pass. */
    public Sums pushes() {
        return new Sums(pushed.get(), pushedBytes.get(), Duration.ofNanos(pushNanos.get()), pushFailures.get());
    }

    /** How often a file was not stored because it must not be. */
    public long refusals() {
        return refusals.get();
    }

    /** Files that came back whole, those among them that nobody has asked for yet. */
    public Sums fetches() {
        return new Sums(fetched.get(), fetchedBytes.get(), Duration.ofNanos(fetchNanos.get()), fetchFailures.get());
    }

    /** How often the store said that a file is not there. */
    public long absences() {
        return absences.get();
    }

    public Optional<Event> lastPushed() {
        return lastPushed;
    }

    public Optional<Event> lastFailure() {
        return lastFailure;
    }
}
