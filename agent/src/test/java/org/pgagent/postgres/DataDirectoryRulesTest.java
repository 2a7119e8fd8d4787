package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.DataDirectoryRules.EntryKind;
import org.pgagent.postgres.EntryRule.Treatment;

final class DataDirectoryRulesTest {
    private static DataDirectoryRules rules(Optional<DataPath> statsTempDirectory) {
        try {
            return new DataDirectoryRules(CatalogVersion.ofMajor(15), statsTempDirectory, Exclusions.NONE);
        } catch (PgAgentException e) {
            throw new IllegalStateException(e);
        }
    }

    private static EntryRule rule(String path, EntryKind kind) {
        return rules(Optional.empty()).ruleFor(DataPath.of(path), kind, Set.of());
    }

    @ParameterizedTest
    @CsvSource({
        "pg_dynshmem,                                  DIRECTORY, REBUILT_CONTENT",
        "pg_notify,                                    DIRECTORY, REBUILT_CONTENT",
        "pg_replslot,                                  DIRECTORY, REBUILT_CONTENT",
        "pg_serial,                                    DIRECTORY, REBUILT_CONTENT",
        "pg_snapshots,                                 DIRECTORY, REBUILT_CONTENT",
        "pg_stat_tmp,                                  DIRECTORY, REBUILT_CONTENT",
        "pg_stat_tmp,                                  LINK, REBUILT_CONTENT",
        "pg_subtrans,                                  DIRECTORY, REBUILT_CONTENT",
        "extension/pg_notify,                          DIRECTORY, NEEDED",
        "pg_wal,                                       DIRECTORY, WAL",
        "pg_wal,                                       LINK, WAL",
        "extension/pg_wal,                             DIRECTORY, NEEDED",
        "postmaster.pid,                               FILE, RUNNING_SERVER",
        "postmaster.opts,                              FILE, RUNNING_SERVER",
        "postgresql.auto.conf.tmp,                     FILE, RUNNING_SERVER",
        "current_logfiles.tmp,                         FILE, RUNNING_SERVER",
        "postgresql.auto.conf,                         FILE, NEEDED",
        "current_logfiles,                             FILE, NEEDED",
        ".s.PGSQL.5432,                                SPECIAL, SPECIAL_FILE",
        ".s.PGSQL.5432.lock,                           FILE, RUNNING_SERVER",
        "sockets/.s.PGSQL.5433.lock,                   FILE, RUNNING_SERVER",
        "base/5/pg_internal.init,                      FILE, CACHE",
        "base/5/pg_internal.init.4711,                 FILE, CACHE",
        "global/pg_internal.init,                      FILE, CACHE",
        "backup_label,                                 FILE, OTHER_BACKUP",
        "backup_label.old,                             FILE, OTHER_BACKUP",
        "tablespace_map,                               FILE, OTHER_BACKUP",
        "tablespace_map.old,                           FILE, OTHER_BACKUP",
        "backup_manifest,                              FILE, OTHER_BACKUP",
        "backup_manifest.tmp,                          FILE, OTHER_BACKUP",
        "backup_labels,                                FILE, NEEDED",
        "notes/backup_label,                           FILE, NEEDED",
        "base/pgsql_tmp,                               DIRECTORY, TEMPORARY",
        "base/5/pgsql_tmp123.0,                        FILE, TEMPORARY",
        "pg_tblspc/16400/PG_15_202209061/pgsql_tmp,    DIRECTORY, TEMPORARY",
        "base/5/t3_16385,                              FILE, TEMPORARY",
        "base/5/t3_16385_fsm,                          FILE, TEMPORARY",
        "pg_tblspc/16400/PG_15_202209061/5/t3_1,       FILE, TEMPORARY",
        "recovery.signal,                              FILE, RECOVERY_REQUEST",
        "standby.signal,                               FILE, RECOVERY_REQUEST",
        "promote,                                      FILE, RECOVERY_REQUEST",
        "recovery.conf,                                FILE, RECOVERY_REQUEST",
        "recovery.done,                                FILE, NEEDED",
        "lost+found,                                   DIRECTORY, FILE_SYSTEM",
        "pg_tblspc/16400/lost+found,                   DIRECTORY, FILE_SYSTEM",
        ".DS_Store,                                    FILE, FILE_SYSTEM",
        "pg_tblspc/16400,                              LINK, NEEDED",
        "pg_tblspc/16400/PG_15_202209061,              DIRECTORY, NEEDED",
        "pg_tblspc/16400/PG_14_202107181,              DIRECTORY, OTHER_VERSION",
        "pg_tblspc/16400/somebody's notes,             FILE, OTHER_VERSION",
        "pg_tblspc/16400/PG_15_202209061/5/16385,      FILE, NEEDED",
        "fifo,                                         SPECIAL, SPECIAL_FILE",
        "linked,                                       LINK, NEEDED"
    })
    void rule_of(String path, EntryKind kind, EntryRule expected) {
        assertThat(rule(path, kind)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "PG_VERSION",
        "base/5/PG_VERSION",
        "base/5/pg_filenode.map",
        "global/pg_filenode.map",
        "global/pg_control",
        "pg_xact/0000",
        "pg_multixact/members/0000",
        "pg_commit_ts/0000",
        "pg_twophase/00000001",
        "pg_logical/replorigin_checkpoint",
        "pg_stat/pgstat.stat",
        "base/5/16385",
        "base/5/16385.1",
        "base/5/16385_vm",
        "postgresql.conf",
        "pg_hba.conf",
        "server.key",
        "log/postgresql.log",
        "base/5/backup_label",
        "PG_VERSION.old"
    })
    void copies_the_file(String path) {
        assertThat(rule(path, EntryKind.FILE).treatment()).isEqualTo(Treatment.COPY);
    }

    @ParameterizedTest
    @CsvSource({
        "base",
        "base/5",
        "global",
        "pg_xact",
        "pg_tblspc",
        "pg_stat",
        "pg_logical",
        "pg_logical/snapshots",
        "log"
    })
    void copies_the_directory(String path) {
        assertThat(rule(path, EntryKind.DIRECTORY).treatment()).isEqualTo(Treatment.COPY);
        assertThat(rules(Optional.empty())
                        .ruleFor(DataPath.ROOT, EntryKind.DIRECTORY, Set.of())
                        .treatment())
                .isEqualTo(Treatment.COPY);
    }

    @Test
    void a_file_with_the_name_of_a_directory_is_a_file() {
        assertThat(rule("pg_wal", EntryKind.FILE)).isEqualTo(EntryRule.NEEDED);
        assertThat(rule("postmaster.pid", EntryKind.DIRECTORY)).isEqualTo(EntryRule.NEEDED);
    }

    @Test
    void the_directory_of_temporary_statistics_is_kept_empty_wherever_it_is() {
        DataDirectoryRules rules = rules(Optional.of(DataPath.of("run/stats")));

        assertThat(rules.ruleFor(DataPath.of("run/stats"), EntryKind.DIRECTORY, Set.of()))
                .isEqualTo(EntryRule.REBUILT_CONTENT);
        assertThat(rules.ruleFor(DataPath.of("run"), EntryKind.DIRECTORY, Set.of()))
                .isEqualTo(EntryRule.NEEDED);
        assertThat(rules.ruleFor(DataPath.of("pg_stat_tmp"), EntryKind.DIRECTORY, Set.of()))
                .isEqualTo(EntryRule.REBUILT_CONTENT);
        assertThat(rule("run/stats", EntryKind.DIRECTORY)).isEqualTo(EntryRule.NEEDED);
    }

    @Test
    void of_an_unlogged_relation_only_the_initialisation_fork_is_copied() {
        List<DataPath> directory = List.of(
                DataPath.of("base/5/16385"),
                DataPath.of("base/5/16385.1"),
                DataPath.of("base/5/16385_fsm"),
                DataPath.of("base/5/16385_vm"),
                DataPath.of("base/5/16385_vm.1"),
                DataPath.of("base/5/16385_init"),
                DataPath.of("base/5/163850"),
                DataPath.of("base/5/t3_16385"),
                DataPath.of("base/5/PG_VERSION"));
        Set<Long> unlogged = DataDirectoryRules.unloggedRelations(directory);

        assertThat(unlogged).containsExactly(16385L);
        assertThat(directory)
                .extracting(path -> rules(Optional.empty()).ruleFor(path, EntryKind.FILE, unlogged))
                .containsExactly(
                        EntryRule.UNLOGGED,
                        EntryRule.UNLOGGED,
                        EntryRule.UNLOGGED,
                        EntryRule.UNLOGGED,
                        EntryRule.UNLOGGED,
                        EntryRule.UNLOGGED_TEMPLATE,
                        EntryRule.NEEDED,
                        EntryRule.TEMPORARY,
                        EntryRule.NEEDED);
    }

    @Test
    void a_name_that_is_no_text_is_copied() {
        DataPath path = DataPath.ofBytes(new byte[] {'p', 'g', 's', 'q', 'l', (byte) 0xFF});

        assertThat(rules(Optional.empty()).ruleFor(path, EntryKind.FILE, Set.of()))
                .isEqualTo(EntryRule.NEEDED);
    }

    @ParameterizedTest
    @EnumSource
    void every_rule_gives_its_reason(EntryRule rule) {
        assertThat(rule.reason()).isNotBlank();
        assertThat(rule.treatment()).isNotNull();
    }

    @ParameterizedTest(name = "PostgreSQL {0}")
    @MethodSource("org.pgagent.postgres.Golden#majors")
    void required_directories_come_after_their_parents(int major) {
        List<DataPath> required = DataDirectoryRules.requiredDirectories(major);

        assertThat(required).doesNotHaveDuplicates().contains(DataPath.of("pg_wal/archive_status"));
        assertThat(required.contains(DataPath.of("pg_wal/summaries"))).isEqualTo(major >= 17);
        for (DataPath directory : required) {
            assertThat(directory.parent().equals(DataPath.ROOT)
                            || required.indexOf(directory.parent()) < required.indexOf(directory))
                    .as("%s", directory)
                    .isTrue();
            assertThat(directory.parent().equals(DataPath.ROOT) || required.contains(directory.parent()))
                    .isTrue();
        }
    }

    @Test
    void the_directory_of_statistics_is_not_left_out_wherever_it_lies() throws PgAgentException {
        DataDirectoryRules rules = new DataDirectoryRules(
                CatalogVersion.ofMajor(13),
                Optional.of(DataPath.of("own/stats")),
                new Exclusions(List.of("own", "own/*", "other")));

        assertThat(rules.ruleFor(DataPath.of("own"), EntryKind.DIRECTORY, Set.of()))
                .isEqualTo(EntryRule.NEEDED);
        assertThat(rules.ruleFor(DataPath.of("own/stats"), EntryKind.DIRECTORY, Set.of()))
                .isEqualTo(EntryRule.REBUILT_CONTENT);
        assertThat(rules.ruleFor(DataPath.of("own/file"), EntryKind.FILE, Set.of()))
                .isEqualTo(EntryRule.EXCLUDED);
        assertThat(rules.ruleFor(DataPath.of("other"), EntryKind.DIRECTORY, Set.of()))
                .isEqualTo(EntryRule.EXCLUDED);
    }
}
