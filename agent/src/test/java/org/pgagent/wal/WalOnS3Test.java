package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgagent.wal.SampleWal.KEYS;
import static org.pgagent.wal.SampleWal.OURS;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgagent.chunk.Compression;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.SameContent;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.WalObjects;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.s3.S3Credentials;
import org.pgagent.storage.s3.S3ObjectStore;

/** Archive files through a real S3 server: what is there, what is not, and what only seems not to be there. */
class WalOnS3Test {
    private static S3ProxyServer server;

    @TempDir
    private Path dir;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
        server.createBucket("wal");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static PushResult push(ObjectStore store, SampleFile sample, Path file) throws IOException {
        new ClusterDescriptions(store, KEYS).claim(sample.cluster());
        return new WalArchiver(new WalObjects(store, KEYS), sample.cluster(), Compression.parse(sample.compression()))
                .push(file);
    }

    private static FetchResult fetch(ObjectStore store, SampleFile sample, Path target) throws IOException {
        return new WalFetcher(new WalObjects(store, KEYS), new ClusterDescriptions(store, KEYS), OURS, sample.size())
                .fetch(sample.fileName(), target);
    }

    @ParameterizedTest
    @EnumSource
    void a_file_goes_there_once_and_comes_back(SampleFile sample) throws IOException {
        Path file = sample.write(Files.createDirectory(dir.resolve("own")), 1);
        Path other = sample.write(Files.createDirectory(dir.resolve("other")), 2);
        Path target = dir.resolve("RECOVERYXLOG");
        try (ObjectStore store = server.openStore("wal", "round-trip/" + sample.name())) {
            new ClusterDescriptions(store, KEYS).claim(sample.cluster());
            assertThat(fetch(store, sample, target)).isEqualTo(FetchResult.NOT_IN_ARCHIVE);
            assertThat(push(store, sample, file)).isEqualTo(PushResult.STORED);
            assertThat(push(store, sample, file)).isEqualTo(PushResult.ALREADY_STORED);
            if (sample == SampleFile.PARTIAL || sample == SampleFile.BACKUP_HISTORY) {
                assertThat(push(store, sample, other)).isEqualTo(PushResult.STORED_BESIDE);
            } else {
                assertThatThrownBy(() -> push(store, sample, other))
                        .extracting("kind")
                        .isEqualTo(ErrorKind.ARCHIVE_CONFLICT);
            }
            assertThat(fetch(store, sample, target)).isEqualTo(FetchResult.FETCHED);
            SameContent.require(target, file);
            assertThat(store.unfinishedUploads("")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_only_seems_not_to_be_there_is_doubt(SampleFile sample) throws IOException {
        Path file = sample.write(dir, 1);
        String prefix = "doubt/" + sample.name();
        try (ObjectStore store = server.openStore("wal", prefix)) {
            push(store, sample, file);
        }
        S3Credentials wrongSecret = new S3Credentials.Fixed(server.accessKeyId(), "wrong");
        S3Credentials wrongKey = new S3Credentials.Fixed("wrong", server.secretAccessKey());
        List<ObjectStore> wrong = List.of(
                S3ObjectStore.open(server.settings("no-such-bucket", prefix), server.credentials()),
                S3ObjectStore.open(server.settings("wal", "no/such/prefix"), server.credentials()),
                S3ObjectStore.open(server.settings("wal", prefix), wrongSecret),
                S3ObjectStore.open(server.settings("wal", prefix), wrongKey),
                S3ObjectStore.open(
                        server.settings(URI.create("http://127.0.0.1:1"), "wal", prefix), server.credentials()));
        List<ErrorKind> expected = List.of(
                ErrorKind.STORE_MISSING,
                ErrorKind.STORE_MISSING,
                ErrorKind.STORE_DENIED,
                ErrorKind.STORE_DENIED,
                ErrorKind.STORE_UNREACHABLE);
        Path target = dir.resolve("RECOVERYXLOG");
        for (int i = 0; i < wrong.size(); i++) {
            try (ObjectStore store = wrong.get(i)) {
                assertThatThrownBy(() -> fetch(store, sample, target))
                        .describedAs("store " + i)
                        .isInstanceOf(PgAgentException.class)
                        .extracting("kind")
                        .isEqualTo(expected.get(i));
            }
        }
        assertThat(target).doesNotExist();
    }
}
