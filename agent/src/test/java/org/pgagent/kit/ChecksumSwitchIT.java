package org.pgagent.kit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ChecksumSwitchIT {
    static List<Integer> majors() {
        return PostgresBinaries.majors();
    }

    @ParameterizedTest
    @MethodSource("majors")
    void a_page_without_its_checksum_is_found(int major) throws IOException {
        try (PostgresCluster cluster = PostgresSetup.ofVersion(major).start()) {
            cluster.sql("CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 5000) i");
            Path file = cluster.dataDirectory().resolve(cluster.value("SELECT pg_relation_filepath('t')"));
            cluster.stop(PostgresCluster.Stop.FAST);
            ChecksumSwitch.requireGood(cluster);

            byte[] pages = Files.readAllBytes(file);
            pages[3 * 8192 + 5000] ^= 1;
            Files.write(file, pages);

            assertThatThrownBy(() -> ChecksumSwitch.requireGood(cluster)).isInstanceOf(AssertionError.class);
        }
    }
}
