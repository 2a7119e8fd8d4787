package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.PgAgentException;
import org.pgagent.repository.BackupId;
import org.pgagent.restore.RecoveryTarget.Edge;

/** A repository with two backups, and what a refused restore must look like: kind, facts, a hint, and nothing changed. */
abstract class RefusedRestore {
    static final String OLD = "20261121T055500Z-F";
    static final String NEW = "20261122T055500Z-F";
    static final Instant STOP = Instant.parse("2026-11-22T06:00:00Z");

    @TempDir
    Path scratch;

    @TempDir
    Path bucket;

    SampleRepository repository;
    Path target;

    @BeforeEach
    void open() throws IOException {
        repository = SampleRepository.inDirectory(bucket);
        target = scratch.resolve("pgdata");
        repository.add(SampleBackup.usual(OLD, 15)
                .spans(1, "0/1000028", "0/1000100", STOP.minusSeconds(86_400))
                .nextXid(700));
        repository.add(SampleBackup.usual(NEW, 15)
                .spans(1, "0/3000028", "0/3000100", STOP)
                .nextXid(900));
        repository.archive(1, 1, 5);
        storedAt(5, STOP.plusSeconds(3600));
    }

    @AfterEach
    void close() {
        repository.close();
    }

    void storedAt(int segment, Instant time) throws IOException {
        Path object =
                bucket.resolve("main/wal/00000001/00000000/0000000100000000000000" + String.format("%02X", segment));
        Files.setLastModifiedTime(object, FileTime.from(time));
    }

    /** Everything in the test's directory: what is there, of what kind, with what content. */
    Map<String, String> snapshot() throws IOException {
        Map<String, String> seen = new TreeMap<>();
        try (Stream<Path> all = Files.walk(scratch)) {
            for (Path path : all.toList()) {
                String what = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                        + " " + Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)
                        + (Files.isRegularFile(path) ? Files.readString(path) : "");
                seen.put(path.toString(), what);
            }
        }
        return seen;
    }

    PgAgentException refusal(RestoreRequest request) throws IOException {
        return refusal(repository.restore(), request);
    }

    PgAgentException refusal(Restore restore, RestoreRequest request) throws IOException {
        Map<String, String> before = snapshot();
        PgAgentException refusal = catchThrowableOfType(PgAgentException.class, () -> restore.plan(request));
        assertThat(refusal).isNotNull();
        assertThat(refusal.hint()).isNotBlank();
        assertThat(snapshot()).isEqualTo(before);
        return refusal;
    }

    RestoreRequest to(RecoveryTarget recoveryTarget) throws IOException {
        return new RestoreRequest(
                Optional.empty(), SampleRepository.into(target), SampleRepository.recoverTo(recoveryTarget));
    }

    RestoreRequest on(TargetTimeline timeline) throws IOException {
        return new RestoreRequest(
                Optional.empty(),
                SampleRepository.into(target),
                new RecoveryRequest(
                        new RecoveryTarget.EndOfWal(),
                        timeline,
                        TargetAction.PROMOTE,
                        CopyRole.PRIMARY,
                        Archiving.OFF,
                        "pgagent wal-fetch %f %p"));
    }

    RestoreRequest from(String backup) throws IOException {
        return new RestoreRequest(
                Optional.of(new BackupId(backup)),
                SampleRepository.into(target),
                SampleRepository.recoverTo(new RecoveryTarget.EndOfWal()));
    }

    static RecoveryTarget time(Instant time) {
        return new RecoveryTarget.AtTime(time, Edge.INCLUSIVE);
    }
}
