package org.pgagent.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgagent.kit.ToolRun;

final class MillionFilesTest {
    @Test
    void a_million_files_fit_into_a_heap_of_64_mebibytes_and_take_few_requests() {
        String output = ToolRun.successOf(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                MillionFiles.class.getName(),
                "1000000"));

        assertThat(output).containsPattern("1000000 files, 1000000 written, 12 packs, 1[0-9]{2} GETs");
    }
}
