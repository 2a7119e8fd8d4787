package org.pgagent.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgagent.wal.SampleWal.SMALL;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.chunk.Compression;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.ManualClock;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.kit.SameContent;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegment;
import org.pgagent.repository.BackupRecord;
import org.pgagent.repository.ClusterDescriptions;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.repository.Lease;
import org.pgagent.repository.WalObjects;
import org.pgagent.repository.WriterLease;
import org.pgagent.storage.ObjectStore;

/**
 * Two data directories that come from one and archive the same names at the same moment, each with its lease before each file,
 * as an agent does it; 200 times, each time under another cluster's name.
 */
class NodeRaceTest {
    private static final int ROUNDS = 200;
    private static final Timeline ONE = new Timeline(1);
    private static final Timeline TWO = new Timeline(2);
    private static final List<String> EVERYTHING = List.of("STORED", "STORED");
    private static final List<String> NOTHING = List.of("FENCED", "FENCED");

    @TempDir
    private Path dir;

    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final CyclicBarrier start = new CyclicBarrier(2);
    private final ManualClock clock = new ManualClock();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** One of the two: what it has to archive, and who it is. */
    private final class Node {
        private final SampleServer data;
        private final List<Path> files;

        /** @param files what it hands over, in this order */
        Node(String name, List<Path> files) throws IOException {
            this.data = new SampleServer(dir.resolve(name));
            this.files = files;
            for (Path file : files) {
                data.note(file.getFileName().toString(), "ready");
            }
        }

        WriterLease lease(ObjectStore store, ClusterKeys keys) throws IOException {
            BackupRecord.Writer process = new BackupRecord.Writer("host", 4711, "0.1.0");
            return new ArchivingNode(data.dataDirectory(), process, clock, new Random(1)).lease(store, keys, SMALL);
        }

        List<String> archive(ObjectStore store, ClusterKeys keys, Timeline own) throws Exception {
            WriterLease lease = lease(store, keys);
            WalArchiver archiver =
                    new WalArchiver(new WalObjects(store, keys), SampleWal.cluster(SMALL), Compression.DEFAULT);
            start.await(60, TimeUnit.SECONDS);
            List<String> results = new ArrayList<>();
            for (Path file : files) {
                try {
                    lease.require(own);
                    results.add(archiver.push(file).name());
                } catch (PgAgentException e) {
                    results.add(e.kind().name());
                }
            }
            return results;
        }
    }

    private static ClusterKeys cluster(int round) {
        return new ClusterKeys(new ClusterName("round-" + round));
    }

    /** Requires that one of them archived everything, the other nothing, and that what is there is all the winner's. */
    private void oneWins(ObjectStore store, ClusterKeys keys, List<Node> nodes, Timeline own) throws Exception {
        new ClusterDescriptions(store, keys).claim(SampleWal.cluster(SMALL));
        List<Future<List<String>>> running = new ArrayList<>();
        for (Node node : nodes) {
            running.add(threads.submit(() -> node.archive(store, keys, own)));
        }
        List<List<String>> results = new ArrayList<>();
        for (Future<List<String>> result : running) {
            results.add(result.get(60, TimeUnit.SECONDS));
        }

        assertThat(results).containsExactlyInAnyOrder(EVERYTHING, NOTHING);
        Node winner = nodes.get(results.indexOf(EVERYTHING));
        assertThat(winner.lease(store, keys).isHeld()).isTrue();
        WalFetcher fetcher = new WalFetcher(
                new WalObjects(store, keys), new ClusterDescriptions(store, keys), SampleWal.OURS, SMALL);
        Path fetched = dir.resolve("fetched");
        for (Path file : winner.files) {
            assertThat(fetcher.fetch(file.getFileName().toString(), fetched)).isEqualTo(FetchResult.FETCHED);
            SameContent.require(fetched, file);
        }
    }

    @Test
    void of_two_promoted_nodes_one_archives_everything_and_the_other_nothing() throws Exception {
        Node former = new Node("former", List.of());
        List<Node> nodes = List.of(node("one", TWO, "0/500060"), node("two", TWO, "0/500080"));
        try (ObjectStore store = new MemoryObjectStore()) {
            for (int round = 0; round < ROUNDS; round++) {
                ClusterKeys keys = cluster(round);
                former.lease(store, keys).require(ONE);
                clock.advance(Lease.TERM.plus(Duration.ofSeconds(1)));

                oneWins(store, keys, nodes, TWO);
            }
        }
    }

    /** Without a node before them: to take over, this server would compare an ETag and write in two steps, unlike S3. */
    @Test
    void of_two_first_nodes_on_an_s3_server_one_archives_everything_and_the_other_nothing() throws Exception {
        List<Node> nodes = List.of(node("one", ONE, "0/500000"), node("two", ONE, "0/500000"));
        try (S3ProxyServer server = S3ProxyServer.start(Files.createDirectory(dir.resolve("buckets")));
                ObjectStore store = server.openStore("race", "prefix")) {
            for (int round = 0; round < ROUNDS; round++) {
                oneWins(store, cluster(round), nodes, ONE);
            }
        }
    }

    /** On a first timeline with two segments to archive, on another one with its history and a segment. */
    private Node node(String name, Timeline own, String switchPoint) throws IOException {
        Path pgWal = Files.createDirectories(dir.resolve(name).resolve("pg_wal"));
        WalSegment segment = SampleServer.segment(5).on(own);
        Path first = own.equals(ONE)
                ? SampleWal.write(pgWal, SampleServer.segment(4), name.hashCode())
                : SampleWal.writeHistory(pgWal, own, Lsn.parse(switchPoint));
        return new Node(name, List.of(first, SampleWal.write(pgWal, segment, name.hashCode())));
    }
}
