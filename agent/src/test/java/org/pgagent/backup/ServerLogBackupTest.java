package org.pgagent.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.catalog.ServerLogExpiry;
import org.pgagent.chunk.Compression;
import org.pgagent.error.Cancellation;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyObjectStore;
import org.pgagent.kit.FaultyObjectStore.Fault;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.LogFileName;
import org.pgagent.repository.LogPiece;
import org.pgagent.repository.ServerLogPolicy;
import org.pgagent.repository.ServerLogs;
import org.pgagent.restore.ServerLogRestore;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.StoreRequest;
import org.pgagent.storage.WriteCondition;

/** Log files into a store, out of it, and what retention leaves of them. */
final class ServerLogBackupTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final Instant NOW = Instant.parse("2026-11-22T05:55:00Z");
    private static final Cancellation GOES_ON = new Cancellation();

    @TempDir
    private Path scratch;

    private final MemoryObjectStore store = new MemoryObjectStore();
    private Instant now = NOW;
    private Path logs;

    @BeforeEach
    void makeDirectory() throws IOException {
        logs = Files.createDirectory(scratch.resolve("log"));
    }

    private Path write(String name, String content, Instant modified) throws IOException {
        Path file = Files.writeString(logs.resolve(name), content);
        Files.setLastModifiedTime(file, FileTime.from(modified));
        return file;
    }

    private void append(String name, String content, Instant modified) throws IOException {
        Files.writeString(logs.resolve(name), content, StandardOpenOption.APPEND);
        Files.setLastModifiedTime(logs.resolve(name), FileTime.from(modified));
    }

    private ServerLogBackup.Stored store(ObjectStore into, ServerLogPolicy policy) throws IOException {
        return new ServerLogBackup(
                        new ServerLogs(into, KEYS),
                        policy,
                        Compression.DEFAULT,
                        new ServerLogBackup.Surroundings(Clock.fixed(now, ZoneOffset.UTC), GOES_ON))
                .store(logs);
    }

    private ServerLogBackup.Stored store() throws IOException {
        return store(store, ServerLogPolicy.EVERY_FILE);
    }

    private ServerLogRestore.Outcome restoreInto(Path directory) throws IOException {
        return new ServerLogRestore(new ServerLogs(store, KEYS), directory, Optional.empty(), GOES_ON).run();
    }

    private Map<String, String> restored() throws IOException {
        Path directory = Files.createTempDirectory(scratch, "restored").resolve("deep/log");
        restoreInto(directory);
        return content(directory);
    }

    private static Map<String, String> content(Path directory) throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                content.put(
                        file.getFileName().toString(),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return content;
    }

    private List<ObjectInfo> objects() throws IOException {
        List<ObjectInfo> objects = new ArrayList<>();
        store.forEachPage("", ListDepth.ALL, page -> objects.addAll(page.objects()));
        return objects;
    }

    private static ServerLogPolicy newest(int files) {
        return new ServerLogPolicy(OptionalInt.of(files), Optional.empty());
    }

    private static ServerLogPolicy days(int days) {
        return new ServerLogPolicy(OptionalInt.empty(), Optional.of(Duration.ofDays(days)));
    }

    @Test
    void a_file_that_grew_costs_what_is_new_and_one_that_did_not_costs_nothing() throws IOException {
        write("a.log", "one\n", NOW.minusSeconds(90));
        write("b.log", "first\n", NOW.minusSeconds(60));
        write("empty.log", "", NOW);
        Files.createDirectory(logs.resolve("directory"));
        Files.createSymbolicLink(logs.resolve("current.log"), logs.resolve("b.log"));
        ServerLogBackup.Stored first = store();
        assertThat(first.files()).isEqualTo(2);
        assertThat(first.bytes()).isEqualTo(10);
        assertThat(first.failed()).isZero();
        List<ObjectInfo> before = objects();

        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        assertThat(store(counting, ServerLogPolicy.EVERY_FILE).storedBytes()).isZero();
        assertThat(counting.calls()).containsExactly(StoreRequest.LIST);

        append("b.log", "second\n", NOW);
        now = now.plusSeconds(3600);
        store();
        List<ObjectInfo> after = objects();
        after.removeAll(before);
        assertThat(after)
                .singleElement()
                .satisfies(object -> assertThat(object.key().value())
                        .isEqualTo(
                                "main/serverlog/b.log!20261122T055500Z!00000000000006-00000000000013-1795326900000"));
        assertThat(restored()).isEqualTo(Map.of("a.log", "one\n", "b.log", "first\nsecond\n"));
    }

    @Test
    void a_name_that_was_used_again_has_both_contents() throws IOException {
        write("Mon.log", "last week\n", NOW.minus(Duration.ofDays(7)));
        store();
        write("Mon.log", "this week, longer\n", NOW);
        store(); // at the same second as the first one
        now = now.minusSeconds(100); // and a clock that was set back
        write("Mon.log", "short\n", NOW.plusSeconds(5));
        store();
        write("Mon.log", "SHORT\n", NOW.plusSeconds(6));
        store();
        Files.setLastModifiedTime(logs.resolve("Mon.log"), FileTime.from(NOW.plusSeconds(7)));
        assertThat(store().storedBytes()).as("touched only").isZero();

        assertThat(restored())
                .isEqualTo(Map.of(
                        "Mon.log.20261122T055500Z", "last week\n",
                        "Mon.log.20261122T055501Z", "this week, longer\n",
                        "Mon.log.20261122T055502Z", "short\n",
                        "Mon.log", "SHORT\n"));
    }

    @Test
    void a_file_of_many_pieces_comes_back_and_goes_on_within_a_piece() throws IOException {
        byte[] content = new byte[2 * LogPiece.BYTES_MAX + 12345];
        new Random(7).nextBytes(content);
        Files.write(logs.resolve("large.log"), content);
        store();
        byte[] more = new byte[LogPiece.BYTES_MAX + 1];
        new Random(8).nextBytes(more);
        Files.write(logs.resolve("large.log"), more, StandardOpenOption.APPEND);
        store();

        assertThat(objects()).hasSize(5);
        Path directory = scratch.resolve("back");
        assertThat(restoreInto(directory).bytes()).isEqualTo(content.length + more.length);
        assertThat(Files.mismatch(directory.resolve("large.log"), logs.resolve("large.log")))
                .isEqualTo(-1);
    }

    @Test
    void what_is_there_already_stays_and_an_interrupted_restore_goes_on() throws IOException {
        write("changed.log", "as it is stored\n", NOW);
        write("cut.log", "line one\nline two\n", NOW);
        write("longer.log", "line one\n", NOW);
        write("same.log", "same\n", NOW);
        write("new.log", "new\n", NOW);
        store();
        Path there = Files.createDirectory(scratch.resolve("there"));
        Map<String, String> before = Map.of(
                "changed.log",
                "as it is here\n",
                "cut.log",
                "line o",
                "longer.log",
                "line one\nline two\n",
                "same.log",
                "same\n",
                "own.log",
                "own\n");
        for (Map.Entry<String, String> file : before.entrySet()) {
            Files.writeString(there.resolve(file.getKey()), file.getValue());
        }
        Files.createDirectory(there.resolve("new.log"));

        ServerLogRestore.Outcome outcome = restoreInto(there);
        Files.delete(there.resolve("new.log"));
        assertThat(outcome.files()).isEqualTo(2);
        assertThat(outcome.left()).isEqualTo(3);
        Map<String, String> expected = new TreeMap<>(before);
        expected.put("cut.log", "line one\nline two\n");
        assertThat(content(there)).isEqualTo(expected);
    }

    @Test
    void names_of_all_kinds_come_back_and_none_leads_out_of_the_directory() throws IOException {
        for (String name : List.of("a", "a.log", "a!b", "a b", "é.log", "(x)", "A", "a-", "..x", "-")) {
            write(name, name, NOW);
        }
        store();
        assertThat(store().storedBytes()).isZero();
        assertThat(restored())
                .hasSize(10)
                .allSatisfy((name, content) ->
                        assertThat(name.replace("é", "\u00c3\u00a9")).isEqualTo(content));

        assertThat(LogFileName.encode("a b".getBytes(UTF_8))).contains("a(20)b");
        assertThat(LogFileName.encode(new byte[200])).isEmpty();
        for (String bad : List.of("..", ".", "(2F)etc", "a(2F)..(2F)b", "(00)", "", "(2e", "a/b")) {
            assertThatIllegalArgumentException().as(bad).isThrownBy(() -> LogFileName.decode(bad));
        }
    }

    @Test
    void a_file_that_cannot_be_stored_is_counted_and_the_others_are_stored() throws IOException {
        write("x".repeat(200), "too long\n", NOW);
        write("good.log", "good\n", NOW);

        ServerLogBackup.Stored stored = store();

        assertThat(stored.failed()).isEqualTo(1);
        assertThat(restored()).isEqualTo(Map.of("good.log", "good\n"));
        Files.delete(logs.resolve("good.log"));
        Files.delete(logs.resolve("x".repeat(200)));
        Files.delete(logs);
        assertThatThrownBy(this::store)
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.LOCAL_IO))
                .hasMessageContaining("there is no directory");
    }

    @Test
    void a_damaged_or_lost_piece_costs_its_file_only_and_the_server_s_file_is_stored_anew() throws IOException {
        write("bad.log", "bad\n", NOW);
        write("good.log", "good\n", NOW);
        write("lost.log", "lost", NOW);
        store();
        append("lost.log", " and found\n", NOW.plusSeconds(1));
        store();
        List<ObjectInfo> all = objects();
        byte[] bad = store.getSmall(all.get(0).key(), 1 << 20).bytes();
        bad[bad.length - 1] ^= 1;
        store.put(all.get(0).key(), ByteBuffer.wrap(bad), WriteCondition.always());
        store.delete(List.of(all.get(2).key()));

        Path directory = scratch.resolve("back");
        ServerLogRestore.Outcome outcome = restoreInto(directory);
        assertThat(outcome.files()).isEqualTo(1);
        assertThat(outcome.damaged()).isEqualTo(2);
        assertThat(Files.readString(directory.resolve("good.log"))).isEqualTo("good\n");

        now = now.plusSeconds(60);
        append("lost.log", "again\n", NOW.plusSeconds(2));
        store();
        assertThat(restored()).containsEntry("lost.log", "lost and found\nagain\n");
    }

    @Test
    void retention_keeps_what_any_rule_keeps_and_what_goes_is_not_stored_again() throws IOException {
        for (int day = 0; day < 10; day++) {
            write("day-" + day + ".log", "day " + day + "\n", NOW.minus(Duration.ofDays(day)));
        }
        store();
        ServerLogPolicy both = new ServerLogPolicy(OptionalInt.of(3), Optional.of(Duration.ofDays(5)));
        assertThat(expiry(ServerLogPolicy.EVERY_FILE).run()).isEqualTo(ServerLogExpiry.Gone.NOTHING);
        assertThat(expiry(both).plan()).isEqualTo(new ServerLogExpiry.Gone(4, 4 * 6));
        assertThat(objects()).hasSize(10);
        assertThat(expiry(both).run().files()).isEqualTo(4);
        assertThat(restored().keySet())
                .containsExactly("day-0.log", "day-1.log", "day-2.log", "day-3.log", "day-4.log", "day-5.log");
        assertThat(store(store, both).storedBytes()).isZero();

        assertThat(expiry(newest(2)).run().files()).isEqualTo(4);
        assertThat(store(store, newest(2)).files()).isEqualTo(2);
        assertThat(objects()).hasSize(2);
        now = NOW.plus(Duration.ofDays(30));
        assertThat(expiry(newest(2)).run().files()).isZero();
        assertThat(expiry(days(29)).run().files()).isEqualTo(2);
        assertThat(store(store, days(29)).files()).isZero();
        assertThat(content(logs)).as("the server's own files").hasSize(10);
    }

    private ServerLogExpiry expiry(ServerLogPolicy policy) {
        return new ServerLogExpiry(new ServerLogs(store, KEYS), policy, Clock.fixed(now, ZoneOffset.UTC));
    }

    @Test
    void thousands_of_files_take_a_request_for_each_thousand() throws IOException {
        for (int i = 0; i < 2500; i++) {
            write("log-" + i, "x", NOW.minusSeconds(i));
        }
        store();
        FaultyObjectStore counting = FaultyObjectStore.counting(store);
        store(counting, ServerLogPolicy.EVERY_FILE);
        assertThat(counting.calls()).hasSize(3).containsOnly(StoreRequest.LIST);

        assertThat(expiry(newest(10)).run().files()).isEqualTo(2490);
        assertThat(objects()).hasSize(10);
    }

    @Test
    void every_request_that_fails_leaves_what_the_next_run_completes() throws IOException {
        for (Fault fault : List.of(
                Fault.FAILED_BEFORE,
                Fault.FAILED_AFTER,
                Fault.DENIED,
                Fault.KILLED,
                Fault.FLIPPED_BYTE,
                Fault.CUT_SHORT)) {
            int calls = 1;
            for (int call = 0; call < calls; call++) {
                store.delete(objects().stream().map(ObjectInfo::key).toList());
                write("grows.log", "before\n", NOW);
                write("other.log", "other\n", NOW);
                store();
                append("grows.log", "after\n", NOW.plusSeconds(1));
                write("added.log", "added\n", NOW.plusSeconds(1));
                FaultyObjectStore counting = FaultyObjectStore.counting(copy());
                store(counting, ServerLogPolicy.EVERY_FILE);
                calls = counting.calls().size();
                if (!fault.appliesTo(counting.calls().get(call))) {
                    continue;
                }
                FaultyObjectStore faulty = FaultyObjectStore.failing(store, call, fault);
                try {
                    store(faulty, ServerLogPolicy.EVERY_FILE);
                } catch (PgAgentException e) {
                    assertThat(restored().get("other.log")).isEqualTo("other\n");
                }
                faulty.requireHit();
                store();
                assertThat(restored())
                        .as("%s at %d", fault, call)
                        .containsEntry("grows.log", "before\nafter\n")
                        .containsEntry("other.log", "other\n")
                        .containsEntry("added.log", "added\n");
                Files.delete(logs.resolve("added.log"));
            }
            assertThat(calls).isEqualTo(4);
        }
    }

    private ObjectStore copy() throws IOException {
        MemoryObjectStore copy = new MemoryObjectStore();
        for (ObjectInfo object : objects()) {
            copy.put(
                    object.key(),
                    ByteBuffer.wrap(store.getSmall(object.key(), 1 << 20).bytes()),
                    WriteCondition.ifAbsent());
        }
        return copy;
    }
}
