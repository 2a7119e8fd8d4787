package org.pgagent.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ToolRun;

final class DistributionIT {
    private final Distribution distribution = Distribution.built();

    @Test
    void tells_its_version_without_any_configuration() {
        ToolRun run = distribution.run("--version");

        assertThat(run.exitStatus()).isZero();
        assertThat(run.output()).startsWith("pgagent ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"show", "backup"})
    void starts_without_a_word_of_java_s_own(String verb) {
        ToolRun run = distribution.run(verb, "--help");

        assertThat(run.exitStatus()).isZero();
        assertThat(run.output()).contains("Usage: pgagent " + verb).doesNotContain("WARNING", "[warning]");
    }

    @Test
    void starts_through_a_link_from_elsewhere() {
        try (ScratchDirectory scratch = ScratchDirectory.create()) {
            Path link = scratch.resolve("pgagent");
            ToolRun.successOf("ln", "-s", distribution.resolve("bin/pgagent").toString(), link.toString());

            assertThat(ToolRun.successOf(link.toString(), "--version")).startsWith("pgagent ");
        }
    }

    @Test
    void ships_the_jars_of_its_class_path_and_no_others() throws IOException {
        Set<String> named;
        try (JarFile jar = new JarFile(distribution.resolve("lib/pgagent.jar").toFile())) {
            String classPath = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            named = new TreeSet<>(Set.of(classPath.split(" ", -1)));
        }
        named.add("pgagent.jar");

        try (Stream<Path> files = Files.list(distribution.resolve("lib"))) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".jar")))
                    .containsExactlyInAnyOrderElementsOf(named);
        }
    }

    @Test
    void its_class_archive_fits_both_kinds_of_commands_wherever_it_is_unpacked() {
        String mustBeUsed = Files.exists(distribution.resolve("lib/pgagent.aot")) ? "-XX:AOTMode=on" : "-Xshare:on";
        try (ScratchDirectory scratch = ScratchDirectory.create()) {
            Path moved = scratch.resolve("moved here");
            ToolRun.successOf("cp", "-a", distribution.resolve("").toString(), moved.toString());
            String program = moved.resolve("bin/pgagent").toString();

            for (String verb : List.of("show", "backup")) {
                ToolRun.successOf("env", "PGAGENT_JAVA_OPTS=" + mustBeUsed, program, verb, "--help");
            }
        }
    }

    @Test
    void every_link_of_its_documents_leads_somewhere() throws IOException {
        Path share = distribution.resolve("share");
        List<Path> documents;
        try (Stream<Path> files = Files.walk(share)) {
            documents = files.filter(file -> file.toString().endsWith(".md")).toList();
        }
        Pattern link = Pattern.compile("\\]\\((?!https?:)([^)#]+)");

        assertThat(documents).hasSizeGreaterThan(10);
        for (Path document : documents) {
            Matcher links = link.matcher(Files.readString(document));
            while (links.find()) {
                assertThat(document.resolveSibling(links.group(1)))
                        .as("a link in %s", document)
                        .exists();
            }
        }
        assertThat(Files.readString(share.resolve("README.md"))).doesNotContain("./quickstart");
    }

    @Test
    void the_example_of_a_configuration_is_one() throws IOException {
        try (ScratchDirectory scratch = ScratchDirectory.create()) {
            String example = Files.readString(distribution.resolve("conf/pgagent.toml.example"));
            // Every setting, also those that the example shows switched off.
            Path all = Files.writeString(
                    scratch.resolve("all.toml"),
                    example.lines()
                            .map(line -> line.replaceFirst("^#(?=[a-z-]+ = )", ""))
                            .collect(Collectors.joining("\n")));

            ToolRun run = distribution.run("config", "--config", all.toString());

            assertThat(run.exitStatus()).as(run.output()).isZero();
            assertThat(run.output()).contains("my-backups", "eu-central-1");
        }
    }
}
