package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.SameContent;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;

/** One fetch over http, with each of its requests broken in each way. */
class FetchWireSweepTest {
    private static S3ProxyServer server;

    @TempDir
    private Path source;

    @TempDir
    private Path pgWal;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"SEGMENT", "LONG_SEGMENT", "HISTORY"})
    void whatever_breaks_a_file_that_is_there_comes_whole_or_not_at_all(SampleFile sample) throws IOException {
        Path file = sample.write(source, 1);
        Path target = pgWal.resolve("RECOVERYXLOG");
        try (WireSweep sweep = new WireSweep(server, sample.name(), sample)) {
            ClusterKeys keys = sweep.newArchive();
            new ClusterDescriptions(sweep.straight(), keys).claim(sample.cluster());
            assertThat(sweep.push(sweep.straight(), keys, file)).isEqualTo("STORED");
            List<String> requests = sweep.requestsOf(store -> sweep.fetch(store, keys, target));
            assertThat(requests).hasSize(sample == SampleFile.LONG_SEGMENT ? 2 : 1);
            SameContent.require(target, file);
            Files.delete(target);
            for (int request = 0; request < requests.size(); request++) {
                for (WireTrouble trouble : WireTrouble.values()) {
                    if (trouble.appliesTo(requests.get(request))) {
                        String result = sweep.broken(request, trouble, store -> sweep.fetch(store, keys, target));
                        String how = WireSweep.how(trouble, request, requests) + ": " + result;
                        requireRight(file, target, result, how);
                        assertThat(sweep.holds(keys, file, target))
                                .describedAs(how)
                                .isTrue();
                    }
                }
            }
        }
    }

    private void requireRight(Path file, Path target, String result, String how) throws IOException {
        assertThat(result).describedAs(how).isNotEqualTo("NOT_IN_ARCHIVE");
        if (result.equals("FETCHED")) {
            SameContent.require(target, file, how);
            Files.delete(target);
        }
        assertThat(pgWal).describedAs(how).isEmptyDirectory();
    }
}
