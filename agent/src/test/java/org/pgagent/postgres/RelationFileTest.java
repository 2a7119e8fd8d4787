package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.postgres.RelationFile.Fork;
import org.pgagent.postgres.RelationFile.Persistence;

final class RelationFileTest {
    @ParameterizedTest
    @CsvSource({
        "global/1262,                                  1664, 0, 1262, MAIN, 0, PERMANENT",
        "global/1262_fsm,                              1664, 0, 1262, FREE_SPACE_MAP, 0, PERMANENT",
        "base/5/16385,                                 1663, 5, 16385, MAIN, 0, PERMANENT",
        "base/5/16385.1,                               1663, 5, 16385, MAIN, 1, PERMANENT",
        "base/5/16385_vm.32767,                        1663, 5, 16385, VISIBILITY_MAP, 32767, PERMANENT",
        "base/5/16385_init,                            1663, 5, 16385, INITIALIZATION, 0, PERMANENT",
        "base/4294967295/4294967295,                   1663, 4294967295, 4294967295, MAIN, 0, PERMANENT",
        "base/5/t12_16385,                             1663, 5, 16385, MAIN, 0, TEMPORARY",
        "base/5/t12_16385_fsm.2,                       1663, 5, 16385, FREE_SPACE_MAP, 2, TEMPORARY",
        "pg_tblspc/16400/PG_15_202209061/5/16385_fsm,  16400, 5, 16385, FREE_SPACE_MAP, 0, PERMANENT",
        "pg_tblspc/16400/PG_15_202209061/5/t3_16385.1, 16400, 5, 16385, MAIN, 1, TEMPORARY"
    })
    void tells_the_relation(
            String path,
            long tablespace,
            long database,
            long relation,
            Fork fork,
            int segment,
            Persistence persistence) {
        assertThat(RelationFile.parse(DataPath.of(path)))
                .hasValue(new RelationFile(tablespace, database, relation, fork, segment, persistence));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "16385",
                "base/16385",
                "base/5",
                "base/5/PG_VERSION",
                "base/5/pg_filenode.map",
                "base/5/pg_internal.init",
                "base/5/pg_internal.init.1234",
                "base/5/0",
                "base/5/016385",
                "base/05/16385",
                "base/0/16385",
                "base/5/4294967296",
                "base/5/99999999999999999999",
                "base/4294967296/16385",
                "base/5/16385.0",
                "base/5/16385.01",
                "base/5/16385.9999999999",
                "base/5/16385.",
                "base/5/16385_",
                "base/5/16385_FSM",
                "base/5/16385_fsm_vm",
                "base/5/16385_init.tmp",
                "base/5/t16385",
                "base/5/t_16385",
                "base/5/x16385",
                "base/5/16385~",
                "base/5/16385/1",
                "base/5/subdirectory/16385",
                "base/pgsql_tmp/16385",
                "base/5/١٦",
                "global/pg_control",
                "global/5/1262",
                "pg_tblspc/16400/5/16385",
                "pg_tblspc/16400/PG_15_202209061/16385",
                "pg_tblspc/0/PG_15_202209061/5/16385",
                "pg_tblspc/16400/PG_15/5/16385",
                "pg_xact/0000",
                "pg_multixact/members/0001",
                "pg_wal/000000010000000000000001",
                "pg_stat/12345"
            })
    void tells_what_is_no_file_of_a_relation(String path) {
        assertThat(RelationFile.parse(DataPath.of(path))).isEmpty();
    }

    @Test
    void a_path_that_is_no_text_is_no_relation() {
        assertThat(RelationFile.parse(
                        DataPath.of("base/5").resolve("16385").parent().resolve("x")))
                .isEmpty();
        assertThat(RelationFile.parse(
                        DataPath.ofBytes(new byte[] {'b', 'a', 's', 'e', '/', '5', '/', '1', (byte) 0xFF})))
                .isEmpty();
        assertThat(RelationFile.parse(DataPath.ROOT)).isEmpty();
    }

    @Test
    void the_first_block_is_counted_over_all_files_of_the_fork() {
        RelationFile third = RelationFile.parse(DataPath.of("base/5/16385.2")).orElseThrow();

        assertThat(third.firstBlock(131072)).isEqualTo(262144);
        assertThat(third.firstBlock(32768)).isEqualTo(65536);
        assertThat(RelationFile.parse(DataPath.of("base/5/16385_vm.99999"))
                        .orElseThrow()
                        .firstBlock(131072))
                .isEqualTo(99999L * 131072);
    }

    @Test
    void the_server_repairs_the_maps_only() {
        assertThat(Fork.values())
                .filteredOn(Fork::isRepairedByServer)
                .containsExactly(Fork.FREE_SPACE_MAP, Fork.VISIBILITY_MAP);
    }
}
