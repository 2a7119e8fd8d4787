package org.pgagent.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.kit.ChecksumSwitch;
import org.pgagent.kit.ClusterContent;
import org.pgagent.kit.PostgresCluster;
import org.pgagent.kit.ResidentProgram.Outcome;
import org.pgagent.kit.ServerManifest;
import org.pgagent.kit.SoundDatabases;
import org.pgagent.kit.ToolRun;
import org.pgagent.postgres.DataDirectoryRules;
import org.pgagent.postgres.DataPath;
import org.pgagent.repository.BackupState;
import org.pgagent.repository.ManifestEntry;

/** A backup of a cluster that has everything, and recoveries from it to every kind of target. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.pgagent.cases.Variant#all")
final class EveryVersionIT {
    /** What stays out of a backup, written down here once more and by other means than in the program. */
    private static final List<String> LEFT_OUT = List.of(
            "(pg_wal|pg_dynshmem|pg_notify|pg_replslot|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)/.*",
            "postmaster\\.(pid|opts)",
            "(.*/)?pg_internal\\.init",
            "(.*/)?pgsql_tmp.*",
            ".*/t[0-9]+_[0-9]+[^/]*",
            "backup_label\\.old",
            "postgresql\\.auto\\.conf\\.tmp",
            "\\.s\\.PGSQL\\..*",
            "pipe|nowhere",
            "inside/.*"); // a tablespace, which comes as that

    /** A tablespace may be restored where the server would not let one be made. */
    private static final String MOVED = "moved, 'quoted' = ü";

    private static final Repository REPOSITORY = Repository.shared();
    private static Story story;

    @Parameter
    Variant variant;

    @BeforeParameterizedClassInvocation
    static void tell(Variant variant) {
        story = Story.tell(variant, REPOSITORY);
    }

    @AfterParameterizedClassInvocation
    static void end() {
        story.close();
    }

    private static RestoredCluster restore(String... arguments) {
        List<String> all = Stream.concat(
                        Stream.of(
                                "--tablespace-mapping", mapping(story.outsideTablespace()),
                                "--tablespace-mapping", mapping(story.insideTablespace())),
                        Stream.of(arguments))
                .toList();
        return REPOSITORY.restore(story.name(), all.toArray(String[]::new));
    }

    private static String mapping(Path tablespace) {
        return tablespace + "=" + elsewhere("tablespace").toString().replace("=", "\\=");
    }

    private static Path elsewhere(String name) {
        return story.cluster().createDirectory(name + "-" + System.nanoTime()).resolve(MOVED);
    }

    /** Case 1. */
    @Test
    void the_backup_is_complete() {
        assertThat(story.backup().record().state()).isEqualTo(BackupState.OK);
        assertThat(story.backup().record().source().dataChecksums())
                .isEqualTo(variant.checksums() == Variant.Checksums.ON);
        assertThat(story.backup().trailer().badPages()).isEmpty();
        assertThat(story.backup().trailer().backupLabel()).contains("LABEL: the story's\n");
        story.backup().requireComplete();
    }

    /** Case 2, and 11 for the modes. */
    @Test
    void the_repository_has_what_a_restore_needs_and_nothing_else() {
        List<String> stored = story.backup().entries().values().stream()
                .filter(ManifestEntry.RegularFile.class::isInstance)
                .map(ManifestEntry.RegularFile.class::cast)
                .map(file -> Integer.toOctalString(file.mode()) + " " + file.size() + " " + file.path())
                .toList();
        List<String> unlogged = story
                .cluster()
                .sql("shop", "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relpersistence = 'u'")
                .stream()
                .map(row -> row.get(0))
                .toList();
        List<String> wanted = story.filesAtBackup().stream()
                .filter(line -> {
                    String path = line.replaceFirst("^[0-9]+ [0-9]+ ", "");
                    return LEFT_OUT.stream().noneMatch(path::matches)
                            && !unlogged.contains(path.replaceFirst("_(fsm|vm)$", ""));
                })
                .toList();

        assertThat(unlogged).hasSizeGreaterThanOrEqualTo(2);
        assertThat(without(stored, wanted)).as("too many").isEmpty();
        assertThat(without(wanted, stored)).as("missing").isEmpty();
        for (String relation : unlogged) {
            assertThat(story.backup().entries()).containsKey(DataPath.of(relation + "_init"));
        }
        assertThat(story.backup().entries().keySet())
                .containsAll(DataDirectoryRules.requiredDirectories(variant.major()));
        assertThat(stored.stream()
                        .filter(line -> !line.startsWith(variant.has(Variant.Oddity.GROUP_ACCESS) ? "640 " : "600 ")))
                .isEmpty();
    }

    private static List<String> without(List<String> all, List<String> some) {
        return all.stream().filter(line -> !some.contains(line)).toList();
    }

    /** Case 10. */
    @Test
    void sockets_pipes_and_links_to_nowhere_are_left_out_with_a_warning() {
        assertThat(story.backupOutcome().err())
                .containsPattern("WARN.*path=\\.s\\.PGSQL\\.6543 ")
                .containsPattern("WARN.*path=pipe ")
                .containsPattern("WARN.*path=nowhere .*leads nowhere");
        assertThat(story.backup().entries().keySet())
                .doesNotContain(DataPath.of(".s.PGSQL.6543"), DataPath.of("pipe"), DataPath.of("nowhere"));

        Outcome validation = REPOSITORY.run(
                "validate",
                "--cluster",
                story.name(),
                "--deep",
                story.backup().id().value());

        assertThat(validation.status()).as(validation.output()).isZero();
        assertThat(validation.out()).contains("OK").doesNotContain("CORRUPT");
        assertThat(REPOSITORY.stored(story.name(), story.backup().id()).record().state())
                .isEqualTo(BackupState.OK);
    }

    /** Cases 1, 3 and 4. */
    @Test
    void without_a_target_everything_archived_comes_back() {
        try (RestoredCluster restored = restore()) {
            PostgresCluster cluster = restored.recover();

            assertThat(ClusterContent.of(cluster)).isEqualTo(story.third().after());
            assertThat(cluster.sql("shop", "SELECT count(*) FROM sessions")).isEqualTo(List.of(List.of("0")));
            assertThat(cluster.value("SELECT timeline_id FROM pg_control_checkpoint()"))
                    .isEqualTo("2");
            assertThat(cluster.value("SHOW archive_mode")).isEqualTo("off");
            SoundDatabases.require(cluster);
            cluster.stop(PostgresCluster.Stop.FAST);
            if (variant.checksums() == Variant.Checksums.ON) {
                ChecksumSwitch.requireGood(cluster);
            }
        }
    }

    /** Case 11. */
    @Test
    void modes_come_back_whatever_the_umask_and_the_tree_is_what_postgresql_says_it_should_be() throws IOException {
        try (RestoredCluster restored = restore()) {
            for (ManifestEntry entry : story.backup().entries().values()) {
                int mode = (int) Files.getAttribute(entry.path().under(restored.dataDirectory()), "unix:mode") & 0777;
                if (entry instanceof ManifestEntry.RegularFile file) {
                    assertThat(mode).as(entry.path().toString()).isEqualTo(file.mode());
                } else if (entry instanceof ManifestEntry.Directory directory) {
                    assertThat(mode).as(entry.path().toString()).isEqualTo(directory.mode());
                }
            }
            assertThat(story.backup().entries().get(DataPath.ROOT))
                    .isEqualTo(new ManifestEntry.Directory(
                            DataPath.ROOT, variant.has(Variant.Oddity.GROUP_ACCESS) ? 0750 : 0700));
            ServerManifest.requireTrue(restored.dataDirectory(), variant.major());
        }
    }

    /** Case 9. */
    @Test
    void tablespaces_move_and_their_sources_stay_as_they_are() throws IOException {
        story.cluster().sql("CHECKPOINT");
        String before = hashOf(story.outsideTablespace()) + hashOf(story.insideTablespace());
        try (RestoredCluster restored = restore("--target-immediate")) {
            PostgresCluster cluster = restored.recover();
            cluster.sql("shop", "UPDATE far SET t = 'moved'; UPDATE near SET t = 'moved'");
            cluster.sql("CHECKPOINT");

            List<List<String>> locations =
                    cluster.sql("SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE oid > 16383 ORDER BY oid");
            assertThat(locations)
                    .hasSize(2)
                    .allSatisfy(row -> assertThat(row.get(0)).endsWith(MOVED));
            try (Stream<Path> links = Files.list(restored.dataDirectory().resolve("pg_tblspc"))) {
                assertThat(links).hasSize(2).allMatch(Files::isSymbolicLink);
            }
            assertThat(hashOf(Path.of(locations.get(0).get(0)))).isNotEqualTo(hashOf(story.outsideTablespace()));
        }
        assertThat(hashOf(story.outsideTablespace()) + hashOf(story.insideTablespace()))
                .isEqualTo(before);
    }

    private static String hashOf(Path directory) {
        String files = "cd \"$1\" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum";
        return ToolRun.successOf("sh", "-c", files, "sh", directory.toString());
    }

    /** Case 5. */
    @Test
    void a_time_is_met_on_either_side_of_a_commit() {
        Story.Mark mark = story.first();
        try (RestoredCluster restored = restore("--target-time", mark.committedAt())) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(mark.after());
        }
        try (RestoredCluster restored = restore("--target-time", mark.committedAt(), "--target-exclusive")) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(mark.before());
        }
    }

    /** Case 6. */
    @Test
    void a_restore_point_is_met() {
        try (RestoredCluster restored = restore("--target-name", "before the mistake")) {
            assertThat(ClusterContent.of(restored.recover()))
                    .isEqualTo(story.second().after());
        }
    }

    /** Case 7. */
    @Test
    void a_transaction_is_met_on_either_side() {
        Story.Mark mark = story.third();
        try (RestoredCluster restored = restore("--target-xid", mark.xid())) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(mark.after());
        }
        try (RestoredCluster restored = restore("--target-xid", mark.xid(), "--target-exclusive")) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(mark.before());
        }
    }

    /** Case 7: of the record that begins there, which is a commit, on either side. */
    @Test
    void a_place_in_the_wal_is_met_on_either_side() {
        Story.Mark mark = story.third();
        try (RestoredCluster restored = restore("--target-lsn", mark.lsnBefore())) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(mark.before());
        }
        try (RestoredCluster restored = restore("--target-lsn", mark.commitLsn())) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(mark.after());
        }
        try (RestoredCluster restored = restore("--target-lsn", mark.commitLsn(), "--target-exclusive")) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(mark.before());
        }
    }

    /** Cases 7 and 12. */
    @Test
    void immediate_is_the_end_of_the_backup_also_with_pg_wal_elsewhere() {
        Path wal = elsewhere("wal");
        try (RestoredCluster restored = restore("--target-immediate", "--waldir", wal.toString())) {
            assertThat(ClusterContent.of(restored.recover())).isEqualTo(story.contentAtBackup());
            assertThat(restored.dataDirectory().resolve("pg_wal")).isSymbolicLink();
            assertThat(wal.resolve("archive_status")).isDirectory();
        }
    }

    /** Case 13. */
    @Test
    void segments_have_their_right_names_and_no_gap_is_seen() {
        String size = String.valueOf(variant.walSegmentMiB() << 20);
        assertThat(story.cluster().value("SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'"))
                .isEqualTo(size);
        String first = story.cluster()
                .value("SELECT pg_walfile_name('"
                        + story.backup().record().start().lsn()
                        + "'::pg_lsn)"); // behind the segment's header, so no boundary

        var outcome = REPOSITORY.run(
                "restore",
                "--cluster",
                story.name(),
                "--dry-run",
                "-D",
                "/tmp/pgagent-never-made",
                "--tablespace-mapping",
                mapping(story.outsideTablespace()),
                "--tablespace-mapping",
                mapping(story.insideTablespace()));

        assertThat(outcome.status()).as(outcome.output()).isZero();
        assertThat(outcome.out()).contains(first + " to ").doesNotContain("gap");
        if (variant.has(Variant.Oddity.AT_FOUR_GIBIBYTES)) {
            assertThat(first).isEqualTo("00000001000000000000003F");
            assertThat(Files.exists(Path.of("/tmp/pgagent-never-made"))).isFalse();
            assertThat(story.third().lsnBefore()).startsWith("1/");
        }
    }
}
