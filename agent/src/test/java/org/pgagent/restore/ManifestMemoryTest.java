package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.ToolRun;

/** Memory does not follow the size of a backup. */
final class ManifestMemoryTest {
    @Test
    void a_million_files_fit_into_a_heap_of_64_mebibytes_and_take_few_requests() {
        assertThat(run(MillionFiles.class, "1000000"))
                .containsPattern("1000000 files, 1000000 written, 12 packs, 1[0-9]{2} GETs");
    }

    @Test
    void a_tebibyte_with_pages_in_three_layers_fits_into_that_heap_too() {
        assertThat(run(Tebibyte.class)).contains("1024 files, 3145728 chunks, 1099511627776 bytes, 3072 packs");
    }

    private static String run(Class<?> program, String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        line.addAll(List.of(arguments));
        return ToolRun.successOf(line);
    }
}
