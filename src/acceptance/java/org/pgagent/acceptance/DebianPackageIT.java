package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

/** The package that the build makes where dpkg-deb is, unpacked as dpkg would under {@code /}. */
final class DebianPackageIT {
    private static Path deb;
    private static ScratchDirectory scratch;
    private static Path root;

    @BeforeAll
    static void unpack() throws IOException {
        Assumptions.assumeTrue(Files.exists(Path.of("/usr/bin/dpkg-deb")), "the build makes no package here");
        Path target = Path.of(System.getProperty("pgagent.distribution"))
                .toAbsolutePath()
                .getParent();
        try (Stream<Path> files = Files.list(target)) {
            deb = files.filter(file -> file.toString().endsWith(".deb"))
                    .findFirst()
                    .orElseThrow();
        }
        scratch = ScratchDirectory.create();
        root = scratch.resolve("root");
        ToolRun.successOf("dpkg-deb", "-x", deb.toString(), root.toString());
    }

    @AfterAll
    static void remove() {
        if (scratch != null) {
            scratch.close();
        }
    }

    @Test
    void the_program_on_the_path_is_a_link_into_the_package() {
        assertThat(root.resolve("usr/bin/pgagent")).isSymbolicLink();
        assertThat(ToolRun.successOf(root.resolve("usr/bin/pgagent").toString(), "--version"))
                .startsWith("pgagent ");
    }

    @Test
    void its_class_archive_fits_the_jars_as_they_are_unpacked() {
        boolean cached = Files.exists(built("lib/pgagent.aot"));
        String mustBeUsed = "PGAGENT_JAVA_OPTS=" + (cached ? "-XX:AOTMode=on" : "-Xshare:on");

        for (String verb : List.of("show", "backup")) {
            ToolRun.successOf("env", mustBeUsed, root.resolve("usr/bin/pgagent").toString(), verb, "--help");
        }
    }

    /** Many versions of Java refuse a class archive without a word if a jar has another time; the start is slow then. */
    @Test
    void its_jars_have_the_times_of_those_that_the_class_archive_was_made_of() throws IOException {
        try (Stream<Path> jars = Files.list(built("lib"))) {
            for (Path jar :
                    jars.filter(file -> file.toString().endsWith(".jar")).toList()) {
                assertThat(Files.getLastModifiedTime(
                                root.resolve("usr/lib/pgagent/lib").resolve(jar.getFileName())))
                        .as(jar.toString())
                        .isEqualTo(Files.getLastModifiedTime(jar));
            }
        }
    }

    @Test
    void what_belongs_to_others_is_where_they_look_for_it() {
        assertThat(root.resolve("usr/share/man/man1/pgagent-backup.1.gz")).isRegularFile();
        assertThat(root.resolve("usr/share/bash-completion/completions/pgagent"))
                .isRegularFile();
        assertThat(root.resolve("usr/lib/systemd/system/pgagent@.service"))
                .content()
                .contains("\nExecStart=pgagent serve ");
        assertThat(root.resolve("usr/share/doc/pgagent/examples/pgagent.toml")).isRegularFile();
    }

    @Test
    void brings_no_settings_that_could_replace_an_operator_s() {
        assertThat(root.resolve("etc/pgagent")).isEmptyDirectory();
    }

    @Test
    void asks_for_the_c_library_that_its_programs_were_linked_with() {
        assertThat(field("Depends")).matches("(.*, )?libc6 \\(>= 2\\.\\d+(\\.\\d+)?\\)(, .*)?");
    }

    /** Debian has another program of that name, which apt would take for a newer version. */
    @Test
    void is_told_apart_from_the_scheduler_of_pgadmin() {
        assertThat(field("Package")).isNotEqualTo("pgagent");
        assertThat(field("Conflicts")).isEqualTo("pgagent");
    }

    private static Path built(String relative) {
        return Path.of(System.getProperty("pgagent.distribution"))
                .toAbsolutePath()
                .resolve(relative);
    }

    private static String field(String name) {
        return ToolRun.successOf("dpkg-deb", "-f", deb.toString(), name).strip();
    }
}
