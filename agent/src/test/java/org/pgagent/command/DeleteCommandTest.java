package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.CapturedProgram;
import org.pgagent.CapturedProgram.Outcome;
import org.pgagent.error.ErrorKind;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.Timeline;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.RepositoryJson;
import org.pgagent.repository.SampleRecord;

final class DeleteCommandTest {
    private static final String FIRST = "20261031T000000Z-F";
    private static final String SECOND = "20261101T000000Z-F";
    private static final String THIRD = "20261102T000000Z-F";

    @TempDir
    private Path bucket;

    @BeforeEach
    void store() throws IOException {
        Path records = Files.createDirectories(bucket.resolve("main/records"));
        long lsn = 0x1000028;
        for (String id : List.of(FIRST, SECOND, THIRD)) {
            RepositoryJson.mapper()
                    .writeValue(
                            records.resolve(id + ".json").toFile(),
                            SampleRecord.of(
                                    id,
                                    new Timeline(1),
                                    new Lsn(lsn),
                                    new Lsn(lsn + 0x100),
                                    new WalSegmentSize(16 << 20)));
            lsn += 0x1000000;
        }
    }

    private Outcome delete(String... arguments) {
        String[] line = new String[arguments.length + 2];
        line[0] = "delete";
        line[1] = "--dry-run";
        System.arraycopy(arguments, 0, line, 2, arguments.length);
        return new CapturedProgram().with("PGAGENT_BUCKET", "file://" + bucket).run(line);
    }

    @Test
    void a_time_to_the_second_means_what_it_means_to_pg_rman() {
        Outcome before = delete("--before", "2026-11-01 12:00:00+00");
        assertThat(before.status()).isZero();
        assertThat(before.out()).contains(FIRST).doesNotContain(THIRD);

        assertThat(delete("2026-11-01 12:00:00")).isEqualTo(before);
        assertThat(delete("2026-11-01", "12:00:00")).isEqualTo(before);
    }

    /** Or an id that has lost its end would delete everything before it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "20261101T000000Z",
                "20261101T000000Z-",
                "20261101T000000",
                "20261101000000",
                "2026-11-01T00:00:00"
            })
    void what_could_be_the_beginning_of_an_id_is_no_time(String text) {
        Outcome outcome = delete(text);

        assertThat(outcome.status()).isEqualTo(ErrorKind.USAGE.exitCode());
        assertThat(outcome.err()).contains("neither a backup id nor a time");
    }

    @Test
    void a_time_may_not_be_given_twice_nor_beside_an_id() {
        assertThat(delete("2026-11-01 12:00:00", "--before", "2026-11-01 12:00:00+00"))
                .satisfies(outcome -> assertThat(outcome.status()).isEqualTo(ErrorKind.USAGE.exitCode()));
        assertThat(delete("2026-11-01 12:00:00", FIRST))
                .satisfies(outcome -> assertThat(outcome.status()).isEqualTo(ErrorKind.USAGE.exitCode()));
        assertThat(delete()).satisfies(outcome -> assertThat(outcome.status()).isEqualTo(ErrorKind.USAGE.exitCode()));
    }
}
