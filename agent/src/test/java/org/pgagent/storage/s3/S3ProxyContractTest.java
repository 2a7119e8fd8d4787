package org.pgagent.storage.s3;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.storage.CreationContract;
import org.pgagent.storage.ObjectStore;

/** Without the promise about updates at the same time: S3Proxy compares an ETag and writes in two steps. */
final class S3ProxyContractTest extends CreationContract {
    private static S3ProxyServer server;
    private static int buckets;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    protected ObjectStore openEmpty() {
        buckets++;
        return server.openStore("bucket-" + buckets, "some/prefix");
    }
}
