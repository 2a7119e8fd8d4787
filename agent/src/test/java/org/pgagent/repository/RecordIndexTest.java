package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.CapturedLog;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.WatchedObjectStore;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.WriteCondition;

final class RecordIndexTest {
    private static final ClusterKeys KEYS = new ClusterKeys(new ClusterName("main"));
    private static final WalSegmentSize SIZE = new WalSegmentSize(16 << 20);
    private static final DateTimeFormatter ID =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z-F'").withZone(ZoneOffset.UTC);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final BackupRecords records = new BackupRecords(store, KEYS);

    private static BackupRecord record(int number) {
        String id = ID.format(Instant.parse("2026-01-01T00:00:00Z").plusSeconds(3600L * number));
        Lsn start = new Lsn(0x1000000L * (number + 1));
        return SampleRecord.of(id, new Timeline(1), start, new Lsn(start.value() + 1000), SIZE);
    }

    private void create(int from, int to) throws IOException {
        for (int number = from; number < to; number++) {
            records.create(record(number));
        }
    }

    /** What every record's own object says. */
    private List<BackupRecord> oneByOne() throws IOException {
        List<BackupRecord> read = new ArrayList<>();
        for (BackupId id : records.idsWithCompactions()) {
            records.find(id).ifPresent(read::add);
        }
        return read;
    }

    private void requireRight() throws IOException {
        assertThat(records.list().records()).isEqualTo(oneByOne());
        assertThat(records.all()).extracting(BackupRecords.Versioned::record).isEqualTo(oneByOne());
    }

    private static int requests(MemoryObjectStore store) throws IOException {
        AtomicInteger count = new AtomicInteger();
        ObjectStore counted = WatchedObjectStore.of(store, (number, call) -> {
            count.incrementAndGet();
            return call.make();
        });
        new BackupRecords(counted, KEYS).list();
        return count.get();
    }

    private String index() throws IOException {
        byte[] bytes = store.getSmall(KEYS.recordIndex(), 64 << 20).bytes();
        try (GZIPInputStream in = new GZIPInputStream(new java.io.ByteArrayInputStream(bytes))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void put(ObjectKey key, byte[] bytes) throws IOException {
        store.put(key, ByteBuffer.wrap(bytes), WriteCondition.always());
    }

    @Test
    void ten_thousand_records_are_eleven_requests_and_one_for_each_that_has_changed() throws IOException {
        create(0, 10_000);

        assertThat(requests(store)).isEqualTo(10 + 1 + 10_000);
        records.refreshIndex();
        assertThat(requests(store)).isEqualTo(10 + 1);

        records.change(record(77).id(), found -> found.withPin(new Pin(null, "audit")));
        records.change(record(9_999).id(), found -> found.withState(BackupState.CORRUPT, "a pack is missing"));
        assertThat(requests(store)).isEqualTo(10 + 1 + 2);
        requireRight();
        assertThat(records.list().records().get(77).pin().note()).isEqualTo("audit");
    }

    @Test
    void a_few_records_need_no_index() throws IOException {
        create(0, 4);

        records.refreshIndex();

        assertThat(store.head(KEYS.recordIndex())).isEmpty();
        assertThat(requests(store)).isEqualTo(1 + 4);
    }

    @Test
    void it_is_written_anew_when_more_than_a_few_records_are_not_in_it() throws IOException {
        create(0, 20);
        records.refreshIndex();
        String first = index();

        create(20, 24);
        records.refreshIndex();
        assertThat(index()).isEqualTo(first);

        create(24, 25);
        records.refreshIndex();
        assertThat(index().lines()).hasSize(25);
        requireRight();
    }

    @Test
    void what_is_gone_is_not_listed_and_leaves_the_index() throws IOException {
        create(0, 20);
        records.refreshIndex();
        store.delete(List.of(KEYS.backupRecord(record(3).id())));

        requireRight();
        assertThat(records.list().records()).hasSize(19);

        create(20, 25);
        records.refreshIndex();
        assertThat(index()).doesNotContain(record(3).id().value());
    }

    @Test
    void what_is_about_to_change_does_not_get_into_it() throws IOException {
        create(0, 6);
        records.create(record(6).withState(BackupState.RUNNING, null));
        records.change(record(2).id(), found -> found.deleting("0123456789abcdef", Instant.now()));

        records.refreshIndex();

        assertThat(index().lines()).hasSize(5);
        requireRight();
    }

    @Test
    void a_record_that_cannot_be_read_is_told_and_does_not_get_into_it() throws IOException {
        create(0, 8);
        put(KEYS.backupRecord(record(5).id()), new byte[] {'{'});
        records.refreshIndex();

        BackupRecords.Listed listed = records.list();

        assertThat(listed.records()).hasSize(7);
        assertThat(listed.unreadable())
                .singleElement()
                .extracting(BackupRecords.Unreadable::id)
                .isEqualTo(record(5).id());
        assertThatThrownBy(records::all)
                .isInstanceOfSatisfying(
                        PgAgentException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPTED));
    }

    @Test
    void fields_of_a_later_pgagent_stay_in_it() throws IOException {
        create(0, 6);
        ObjectKey key = KEYS.backupRecord(record(1).id());
        String text = new String(store.getSmall(key, 1 << 20).bytes(), StandardCharsets.UTF_8);
        put(key, text.replaceFirst("\\{", "{\"of_tomorrow\":{\"a\":[1]},").getBytes(StandardCharsets.UTF_8));

        records.refreshIndex();
        create(6, 12);
        records.refreshIndex();

        assertThat(index()).containsOnlyOnce("\"of_tomorrow\":{\"a\":[1]}");
        requireRight();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 10, 30, 200, -9, -8, -4, -1})
    void a_damaged_index_costs_time_and_nothing_else(int at) throws IOException {
        create(0, 12);
        records.refreshIndex();
        byte[] good = store.getSmall(KEYS.recordIndex(), 1 << 20).bytes();
        int where = at < 0 ? good.length + at : at;
        byte[] cut = java.util.Arrays.copyOf(good, where);
        byte[] flipped = good.clone();
        flipped[where] ^= 0x10;

        for (byte[] damaged : List.of(cut, flipped)) {
            put(KEYS.recordIndex(), damaged);
            requireRight();
            create(12, 12);
            records.refreshIndex();
            requireRight();
        }
    }

    @Test
    void a_damaged_index_is_told_and_replaced() throws IOException {
        create(0, 12);
        put(KEYS.recordIndex(), new byte[100]);

        try (CapturedLog log = CapturedLog.of(RecordIndex.class)) {
            requireRight();
            assertThat(log.lines()).anyMatch(line -> line.contains("the index of the records is damaged"));
        }
        records.refreshIndex();
        assertThat(requests(store)).isEqualTo(1 + 1);
    }

    @Test
    void an_index_that_cannot_be_written_fails_nothing() throws IOException {
        create(0, 12);
        AtomicInteger calls = new AtomicInteger();
        new BackupRecords(counting(calls), KEYS).refreshIndex();
        store.delete(List.of(KEYS.recordIndex()));

        for (int failing = 0; failing < calls.get(); failing++) {
            int one = failing;
            ObjectStore faulty = WatchedObjectStore.of(store, (number, call) -> {
                if (number == one) {
                    throw new PgAgentException(ErrorKind.STORE_FAILED, "no", "Try again.");
                }
                return call.make();
            });
            new BackupRecords(faulty, KEYS).refreshIndex();
            requireRight();
            assertThat(store.head(KEYS.recordIndex())).isEmpty();
        }
    }

    private ObjectStore counting(AtomicInteger calls) {
        return WatchedObjectStore.of(store, (number, call) -> {
            calls.incrementAndGet();
            return call.make();
        });
    }

    /** Others create, change and remove records between any two requests, and write the index as well. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatever_others_do_meanwhile_what_is_listed_was_true_since_the_listing_began(long seed) throws IOException {
        Random random = new Random(seed);
        create(0, 10);
        AtomicInteger next = new AtomicInteger(10);
        ObjectStore beside = WatchedObjectStore.of(store, (number, call) -> {
            synchronized (random) {
                if (random.nextInt(3) == 0) {
                    somebody(random, next);
                }
                return call.make();
            }
        });
        BackupRecords own = new BackupRecords(beside, KEYS);

        for (int round = 0; round < 60; round++) {
            if (random.nextBoolean()) {
                own.refreshIndex();
            } else {
                own.list();
            }
            requireRight();
        }
    }

    private void somebody(Random random, AtomicInteger next) throws IOException {
        List<BackupId> ids = records.idsWithCompactions();
        BackupId any = ids.get(random.nextInt(ids.size()));
        switch (random.nextInt(5)) {
            case 0 -> create(next.get(), next.incrementAndGet());
            case 1 -> records.change(any, found -> found.withPin(new Pin(null, "n" + random.nextInt(5))));
            case 2 -> records.change(any, found -> found.withState(BackupState.CORRUPT, "e" + random.nextInt(3)));
            case 3 -> records.refreshIndex();
            default -> {
                if (ids.size() > 5) {
                    store.delete(List.of(KEYS.backupRecord(any)));
                }
            }
        }
    }

    /** Of a year's incremental backups, each with a hundred packs of others, that is what the memory goes to. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void needs_are_all_there_with_one_name_for_each_pack(boolean indexed) throws IOException {
        List<BackupRecord> stored = new ArrayList<>();
        for (int number = 0; number < 20; number++) {
            List<BackupRecord.Need> needs = new ArrayList<>();
            for (int pack = 0; pack < 50; pack++) {
                needs.add(new BackupRecord.Need(
                        new PackId(record(pack % 7).id(), pack), 1000L * number + pack, (1L << 32) + pack));
            }
            stored.add(records.create(record(number).withNeeds(needs)).record());
        }
        if (indexed) {
            records.refreshIndex();
        }

        List<BackupRecord> listed = records.list().records();
        assertThat(listed).isEqualTo(stored);
        assertThat(records.all().stream().map(BackupRecords.Versioned::record)).containsExactlyElementsOf(stored);
        assertThat(RepositoryJson.print(listed.get(3))).isEqualTo(RepositoryJson.print(stored.get(3)));
        for (BackupRecord record : listed) {
            assertThat(record.needs().get(8).pack())
                    .isSameAs(listed.get(0).needs().get(8).pack());
        }
        assertThat(records.listWithoutNeeds().records())
                .isEqualTo(stored.stream().map(record -> record.withNeeds(null)).toList());
    }
}
