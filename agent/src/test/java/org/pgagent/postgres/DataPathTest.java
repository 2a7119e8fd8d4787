package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DataPathTest {
    @TempDir
    private Path directory;

    /** Makes a file as another program would, so that no Java class has a say in its name. */
    private void createByShell(String printfName, String content) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder(
                        "sh", "-c", "printf %s \"$2\" > \"$(printf \"$1\"; echo x)\"", "sh", printfName, content)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(shell.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(shell.exitValue()).isZero();
    }

    private List<Path> listed() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plain                  | 706c61696e",
                "with space             | 77697468207370616365",
                "percent%%25            | 70657263656e74253235",
                "quote'\"               | 71756f74652722",
                "back\\\\slash          | 6261636b5c736c617368",
                "line\\nbreak\\r        | 6c696e650a627265616b0d",
                "tab\\tbell\\a\\177     | 7461620962656c6c077f",
                "question?#&;+:*        | 7175657374696f6e3f23263b2b3a2a",
                "\\303\\251l\\303\\251  | c3a96cc3a9",
                "latin\\351             | 6c6174696ee9",
                "\\377\\376\\001        | fffe01",
                "\\360\\237\\220\\230   | f09f9098",
                "\\355\\240\\200        | eda080",
                "half\\303              | 68616c66c3",
                "replacement\\357\\277\\275 | 7265706c6163656d656e74efbfbd",
                "~tilde                 | 7e74696c6465",
                "%%FF                   | 254646",
                "-dash                  | 2d64617368"
            })
    void keeps_any_file_name(String printfName, String hex) throws Exception {
        createByShell(printfName.replace("-", "\\055"), "content of it");

        Path found = listed().get(0);
        DataPath path = DataPath.of("base").resolve(found.getFileName());

        // The shell adds an x and a line feed, of which the substitution drops the latter.
        assertThat(path.hex()).isEqualTo("626173652f" + hex + "78");
        assertThat(DataPath.ROOT.resolve(found.getFileName()).under(directory)).hasContent("content of it");
        assertThat(DataPath.ofHex(path.hex())).isEqualTo(path);
    }

    @Test
    void what_it_creates_has_the_same_name_again() throws IOException {
        byte[] name = {'n', 'o', ' ', (byte) 0xFF, (byte) 0x80, '%', '4', '1', '\n', '\\', '?', '#', (byte) 0xC3};
        DataPath path = DataPath.of("d\u00E9p\u00F4t").resolve(Path.of("a")).parent();
        DataPath file = DataPath.ofBytes(concat(path.bytes(), "/".getBytes(StandardCharsets.UTF_8), name));

        Files.createDirectory(path.under(directory));
        Files.writeString(file.under(directory), "here");

        assertThat(path.under(directory)).isDirectory();
        try (Stream<Path> files = Files.list(path.under(directory))) {
            Path found = files.findFirst().orElseThrow();
            assertThat(DataPath.rawBytes(found.getFileName())).isEqualTo(name);
            assertThat(path.resolve(found.getFileName())).isEqualTo(file);
            assertThat(DataPath.ofBytes(DataPath.rawBytes(directory.relativize(found))))
                    .isEqualTo(file);
        }
    }

    private static byte[] concat(byte[]... parts) {
        byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
        int length = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, length, part.length);
            length += part.length;
        }
        return all;
    }

    @Test
    void a_directory_has_no_slash_at_its_end() throws IOException {
        Path made = Files.createDirectory(DataPath.of("\u00E9").under(directory));

        assertThat(DataPath.rawBytes(made.getFileName())).isEqualTo("\u00E9".getBytes(StandardCharsets.UTF_8));
        // The name of a directory that also exists at the root must not change the answer.
        assertThat(DataPath.rawBytes(Path.of("tmp"))).isEqualTo("tmp".getBytes(StandardCharsets.UTF_8));
    }

    /** Without a UTF-8 locale Java can neither show nor take a name beyond ASCII. */
    @Test
    void keeps_names_in_a_locale_without_unicode() throws Exception {
        createByShell("\\303\\251l\\303\\251", "");
        createByShell("\\377", "");
        ProcessBuilder java = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                location(DataPath.class) + ":" + location(FileNames.class),
                FileNames.class.getName(),
                directory.toString());
        java.environment().put("LC_ALL", "C");
        java.environment().remove("JAVA_TOOL_OPTIONS");
        Process process = java.redirectErrorStream(true).start();

        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(output.lines()).containsExactlyInAnyOrder("c3a96cc3a978 true", "ff78 true");
    }

    private static String location(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }

    @Property
    void all_bytes_survive(@ForAll @NotEmpty byte[] bytes) {
        byte[] name = bytes.clone();
        for (int i = 0; i < name.length; i++) {
            name[i] = name[i] == 0 || name[i] == '/' || name[i] == '.' ? (byte) 'x' : name[i];
        }
        DataPath path = DataPath.ofBytes(concat("base/".getBytes(StandardCharsets.UTF_8), name));

        assertThat(path.bytes()).endsWith(name);
        assertThat(DataPath.ofHex(path.hex())).isEqualTo(path).hasSameHashCodeAs(path);
        assertThat(DataPath.rawBytes(Path.of("/srv/data").relativize(path.under(Path.of("/srv/data")))))
                .isEqualTo(path.bytes());
        assertThat(path.parent()).isEqualTo(DataPath.of("base"));
        assertThat(path.startsWith(DataPath.of("base"))).isTrue();
        path.text().ifPresent(text -> assertThat(DataPath.of(text)).isEqualTo(path));
    }

    @Test
    void order_is_that_of_a_walk() {
        List<String> walk = List.of("", "base", "base/1", "base/1/1259", "base/1/1259.1", "base/1.old", "base-2", "pg");
        List<DataPath> shuffled =
                new ArrayList<>(walk.stream().map(DataPath::of).toList());
        Collections.reverse(shuffled);
        Collections.sort(shuffled);

        assertThat(shuffled).extracting(DataPath::toString).containsExactlyElementsOf(walk);
    }

    @Property
    void order_is_that_of_the_bytes(@ForAll @NotEmpty byte[] one, @ForAll @NotEmpty byte[] other) {
        byte[] first = HexFormat.of().formatHex(one).getBytes(StandardCharsets.UTF_8);
        byte[] second =
                concat(new byte[] {(byte) 0xE9}, HexFormat.of().formatHex(other).getBytes(StandardCharsets.UTF_8));

        assertThat(Integer.signum(DataPath.ofBytes(first).compareTo(DataPath.ofBytes(second))))
                .isEqualTo(Integer.signum(Arrays.compareUnsigned(first, second)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/base",
                "base/",
                "base//1",
                ".",
                "..",
                "base/..",
                "base/./1",
                "../base",
                "base/../..",
                "a\0b"
            })
    void refuses_to_leave_the_data_directory(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> DataPath.of(text));
    }

    @Test
    void refuses_text_and_digits_that_are_no_bytes() {
        assertThatIllegalArgumentException().isThrownBy(() -> DataPath.of("half \uD83D"));
        assertThatIllegalArgumentException().isThrownBy(() -> DataPath.ofHex("6"));
        assertThatIllegalArgumentException().isThrownBy(() -> DataPath.ofHex("zz"));
        assertThatIllegalArgumentException().isThrownBy(() -> DataPath.ofHex("2e2e"));
        assertThatIllegalArgumentException().isThrownBy(() -> DataPath.rawBytes(Path.of("/base")));
    }

    @Test
    void names_like_dots_are_names() {
        assertThat(DataPath.of("...").name()).isEqualTo("...");
        assertThat(DataPath.of(".s.PGSQL.5432.lock").under(Path.of("/srv")))
                .isEqualTo(Path.of("/srv/.s.PGSQL.5432.lock"));
    }

    @Test
    void the_data_directory_itself_is_the_empty_path() {
        assertThat(DataPath.of("")).isSameAs(DataPath.ROOT);
        assertThat(DataPath.ROOT.under(directory)).isEqualTo(directory);
        assertThat(DataPath.ROOT.resolve("base")).isEqualTo(DataPath.of("base"));
        assertThat(DataPath.of("base").resolve("")).isEqualTo(DataPath.of("base"));
        assertThat(DataPath.of("base").parent()).isEqualTo(DataPath.ROOT);
        assertThat(DataPath.ROOT.parent()).isEqualTo(DataPath.ROOT);
        assertThat(DataPath.of("base").startsWith(DataPath.ROOT)).isTrue();
        assertThat(DataPath.ROOT.text()).hasValue("");
    }

    @Test
    void lies_below_whole_segments_only() {
        assertThat(DataPath.of("base/1").startsWith(DataPath.of("base"))).isTrue();
        assertThat(DataPath.of("base").startsWith(DataPath.of("base"))).isTrue();
        assertThat(DataPath.of("base2/1").startsWith(DataPath.of("base"))).isFalse();
        assertThat(DataPath.of("base").startsWith(DataPath.of("base/1"))).isFalse();
    }

    @Test
    void shows_what_is_no_text_with_replacements() {
        DataPath path = DataPath.ofBytes(new byte[] {'a', (byte) 0xFF, 'b'});

        assertThat(path.text()).isEmpty();
        assertThat(path).hasToString("a\uFFFDb");
        assertThat(DataPath.of("\u00E9")).hasToString("\u00E9");
    }
}
