package org.pgagent.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.repository.BackupState.CORRUPT;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.chunk.StoredChunk;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.PackId;
import org.pgagent.repository.PlacedChunk;
import org.pgagent.repository.Validation.Depth;

/**
 * Which damaged backups the next one may be compared with: whoever lists packs sees what is missing, and stores it anew; nobody
 * sees what else is damaged.
 */
final class ComparableBackupsTest extends ValidationTestCase {
    private static final PackId OWN = new PackId(CHILD, 0);

    @BeforeEach
    void three_backups() throws IOException {
        three();
    }

    private void requireCorrupt(BackupId id, boolean comparable) throws IOException {
        assertThat(record(id).state()).isEqualTo(CORRUPT);
        assertThat(record(id).comparable()).isEqualTo(comparable);
    }

    @ParameterizedTest
    @EnumSource(Depth.class)
    void one_that_lacks_packs_and_nothing_else_can(Depth depth) throws IOException {
        store.delete(List.of(KEYS.pack(SHARED)));

        validate(all(depth));

        requireCorrupt(FULL, true);
        requireCorrupt(CHILD, true);
    }

    @Test
    void one_that_is_damaged_otherwise_as_well_cannot_whoever_has_looked_last() throws IOException {
        store.delete(List.of(KEYS.pack(OWN)));
        flip(KEYS.pack(SHARED), 10);

        validate(only(Depth.DEEP, FULL.value()));

        requireCorrupt(CHILD, false);

        validate(all(Depth.QUICK));
        requireCorrupt(CHILD, false);

        validate(all(Depth.DEEP));
        requireCorrupt(CHILD, false);

        flip(KEYS.pack(SHARED), 10);
        validate(all(Depth.DEEP));
        requireCorrupt(CHILD, true);
    }

    /** A pack that is shorter is another object: what is in it may be anything. */
    @Test
    void one_with_a_pack_that_was_cut_cannot() throws IOException {
        cut(KEYS.pack(OWN));

        validate(all(Depth.QUICK));

        requireCorrupt(CHILD, false);
    }

    @Test
    void one_without_its_wal_cannot() throws IOException {
        store.delete(List.of(KEYS.pack(OWN), KEYS.walFile(segment(4).fileName())));

        validate(all(Depth.QUICK));

        requireCorrupt(CHILD, false);
    }

    @Test
    void one_without_its_manifest_cannot() throws IOException {
        store.delete(List.of(KEYS.pack(OWN), KEYS.manifest(record(CHILD))));

        validate(all(Depth.QUICK));

        requireCorrupt(CHILD, false);
    }

    /** So many lines about a missing pack that there is no room for others. */
    @Test
    void what_there_is_no_room_to_tell_of_counts_as_well() throws IOException {
        BackupId many = new BackupId("20261201T000000Z-F");
        backups.store(store, many, null, ChunkedBackups.files(0, Damages.TOLD_MAX + 100));
        store.delete(List.of(KEYS.pack(new PackId(many, 0))));
        validate(all(Depth.QUICK));
        requireCorrupt(many, true);
        store.delete(List.of(KEYS.walFile(segment(4).fileName())));

        validate(all(Depth.QUICK));

        requireCorrupt(many, false);
    }

    /** Of each of very many chunks, so that not every place is known. */
    @Test
    void a_pack_with_more_damage_than_can_be_held_counts_as_damaged_everywhere() {
        DamagedPacks damaged = new DamagedPacks();
        for (int i = 0; i <= DamagedPacks.PLACES_MAX; i++) {
            damaged.chunk(chunk(SHARED, 10L * i));
        }

        damaged.chunk(chunk(OWN, 0));

        assertThat(damaged.hasDamaged(chunk(OWN, 5000))).isTrue();
        assertThat(damaged.hasDamaged(chunk(new PackId(OTHER, 0), 5000))).isFalse();
    }

    private static PlacedChunk chunk(PackId pack, long offset) {
        StoredChunk stored = new StoredChunk(Codec.NONE, 10, 10, 0, new ContentHash(1, 2));
        return PlacedChunk.stretch(pack, offset, stored, 0);
    }
}
