package org.pgagent.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.FaultyWire;
import org.pgagent.kit.FaultyWire.Ending;
import org.pgagent.kit.FaultyWire.Fault;
import org.pgagent.kit.S3ProxyServer;
import org.pgagent.storage.ByteRange;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.MultipartUpload;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectPart;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.Retries;
import org.pgagent.storage.RetryPolicy;
import org.pgagent.storage.RetryingObjectStore;
import org.pgagent.storage.WriteCondition;

/** A success that is told in XML, of which only the beginning arrives: nobody's settings are wrong, and another try helps. */
final class S3CutAnswerTest {
    private static final ObjectKey KEY = new ObjectKey("main/file");
    private static final byte[] CONTENT = new byte[1000];
    private static final String BUCKET = "backups";

    /** Says nothing that a deletion would have to say, for it names only what it could not delete. */
    private static final Fault NOTHING = new Fault.CutAnswer(0, Ending.CLOSED);

    private static S3ProxyServer server;

    private FaultyWire wire;
    private ObjectStore once;
    private ObjectStore retrying;

    /** A request whose answer is XML. */
    private enum Told {
        LIST("^GET .*list-type=2") {
            @Override
            void ask(ObjectStore store) throws IOException {
                assertThat(store.list("main/", ListDepth.ALL, Optional.empty()).objects())
                        .hasSize(1);
            }
        },
        UNFINISHED("^GET .*uploads") {
            @Override
            void ask(ObjectStore store) throws IOException {
                store.unfinishedUploads("nowhere/");
            }
        },
        DELETE("^POST .*delete") {
            @Override
            void ask(ObjectStore store) throws IOException {
                store.delete(List.of(new ObjectKey("main/other")));
            }
        },
        COPY("^PUT .*partNumber=") {
            @Override
            void ask(ObjectStore store) throws IOException {
                try (MultipartUpload upload = store.startUpload(new ObjectKey("main/copied"))) {
                    upload.copyPart(1, new ObjectPart(KEY, new ByteRange(0, CONTENT.length), 0));
                }
            }
        },
        START("^POST .*uploads") {
            @Override
            void ask(ObjectStore store) throws IOException {
                store.startUpload(new ObjectKey("main/started")).close();
            }
        },
        COMPLETE("^POST .*uploadId=") {
            @Override
            void ask(ObjectStore store) throws IOException {
                try (MultipartUpload upload = store.startUpload(new ObjectKey("main/whole"))) {
                    upload.uploadPart(1, ByteBuffer.wrap(CONTENT));
                    upload.complete(WriteCondition.ifAbsent());
                }
            }
        };

        private final String request;

        Told(String request) {
            this.request = request;
        }

        abstract void ask(ObjectStore store) throws IOException;
    }

    static Stream<Arguments> cuts() {
        return Stream.of(Told.values())
                .flatMap(told -> Stream.of(
                                new Fault.HalvedAnswer(Ending.CLOSED),
                                new Fault.HalvedAnswer(Ending.RESET),
                                NOTHING,
                                new Fault.CutAnswer(9, Ending.CLOSED),
                                new Fault.CutAnswer(9, Ending.RESET))
                        .filter(cut -> told != Told.DELETE || !cut.equals(NOTHING))
                        .map(cut -> Arguments.of(told, cut)));
    }

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = S3ProxyServer.start(directory);
        server.createBucket(BUCKET);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() throws IOException {
        wire = FaultyWire.to(server.endpoint());
        once = S3ObjectStore.open(server.settings(wire.endpoint(), BUCKET, ""), server.credentials());
        RetryPolicy quick = new RetryPolicy(2, Duration.ofMinutes(1), Duration.ofMillis(1), Duration.ofMillis(5));
        retrying = new RetryingObjectStore(once, new Retries(quick, Clock.systemUTC(), new Random(1), pause -> {}));
        once.put(KEY, ByteBuffer.wrap(CONTENT), WriteCondition.always());
    }

    @AfterEach
    void close() throws IOException {
        once.delete(List.of(new ObjectKey("main/whole")));
        retrying.close();
        wire.close();
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void a_cut_answer_is_a_failure_of_the_store(Told told, Fault cut) {
        wire.breakNext(told.request, cut);

        PgAgentException e = catchThrowableOfType(PgAgentException.class, () -> told.ask(once));

        wire.requireAllHit();
        assertThat(e).isNotNull();
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(ErrorKind.STORE_FAILED);
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void a_request_with_a_cut_answer_is_sent_again(Told told, Fault cut) throws IOException {
        wire.breakNext(told.request, cut);

        told.ask(retrying);

        wire.requireAllHit();
    }
}
