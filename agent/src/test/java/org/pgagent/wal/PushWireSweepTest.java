package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.repository.ClusterKeys;

/** One push over http, with each of its requests broken in each way, into an archive with nothing, the same or another file. */
class PushWireSweepTest {
    private static S3ProxyServer server;

    @TempDir
    private Path dir;

    private Path file;
    private Path other;

    /** What the archive has under the file's name beforehand. */
    private enum Before {
        NOTHING,
        THE_SAME,
        ANOTHER
    }

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static Stream<Arguments> situations() {
        Stream<Arguments> small = Stream.of(SampleFile.SEGMENT, SampleFile.HISTORY)
                .flatMap(file -> Stream.of(Before.values()).map(before -> Arguments.of(file, before)));
        return Stream.concat(small, Stream.of(Arguments.of(SampleFile.LONG_SEGMENT, Before.NOTHING)));
    }

    @ParameterizedTest
    @MethodSource("situations")
    void whatever_breaks_nothing_is_acknowledged_that_is_not_stored(SampleFile sample, Before before)
            throws IOException {
        file = sample.write(Files.createDirectory(dir.resolve("own")), 1);
        other = sample.write(Files.createDirectory(dir.resolve("other")), 2);
        try (WireSweep sweep = new WireSweep(server, sample + "/" + before, sample)) {
            ClusterKeys good = archive(sweep, before);
            List<String> requests = sweep.requestsOf(store -> sweep.push(store, good, file));
            assertThat(requests).isNotEmpty();
            for (int request = 0; request < requests.size(); request++) {
                for (WireTrouble trouble : WireTrouble.values()) {
                    if (trouble.appliesTo(requests.get(request))) {
                        ClusterKeys keys = before == Before.NOTHING ? archive(sweep, before) : good;
                        String result = sweep.broken(request, trouble, store -> sweep.push(store, keys, file));
                        String how = WireSweep.how(trouble, request, requests) + ": " + result;
                        requireRight(sweep, before, keys, result, how);
                        requireRightAfterwards(sweep, before, keys, how);
                    }
                }
            }
        }
    }

    private ClusterKeys archive(WireSweep sweep, Before before) throws IOException {
        ClusterKeys keys = sweep.newArchive();
        if (before != Before.NOTHING) {
            assertThat(sweep.push(sweep.straight(), keys, before == Before.THE_SAME ? file : other))
                    .isEqualTo("STORED");
        }
        return keys;
    }

    private void requireRight(WireSweep sweep, Before before, ClusterKeys keys, String result, String how)
            throws IOException {
        boolean acknowledged =
                Stream.of(PushResult.values()).anyMatch(good -> good.name().equals(result));
        if (before == Before.ANOTHER) {
            assertThat(acknowledged).describedAs(how).isFalse();
            assertThat(holds(sweep, keys, other)).describedAs(how).isTrue();
        } else if (acknowledged || before == Before.THE_SAME) {
            assertThat(holds(sweep, keys, file)).describedAs(how).isTrue();
        }
    }

    private void requireRightAfterwards(WireSweep sweep, Before before, ClusterKeys keys, String how)
            throws IOException {
        String again = sweep.push(sweep.straight(), keys, file);
        switch (before) {
            case NOTHING -> assertThat(again).describedAs(how).isIn("STORED", "ALREADY_STORED");
            case THE_SAME -> assertThat(again).describedAs(how).isEqualTo("ALREADY_STORED");
            case ANOTHER -> assertThat(again).describedAs(how).isEqualTo(ErrorKind.ARCHIVE_CONFLICT.name());
        }
        assertThat(holds(sweep, keys, before == Before.ANOTHER ? other : file))
                .describedAs(how)
                .isTrue();
    }

    private boolean holds(WireSweep sweep, ClusterKeys keys, Path content) throws IOException {
        return sweep.holds(keys, content, dir.resolve("RECOVERYXLOG"));
    }
}
