package org.pgagent.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.kit.SmallFileSystem;

class AgentLockTest {
    @TempDir
    private Path dir;

    /** A pg_wal that is full must drain. */
    @Test
    void where_the_disk_is_full_one_agent_can_still_be_the_only_one() throws IOException {
        try (SmallFileSystem small = SmallFileSystem.create(dir, 1 << 20)) {
            AgentDirectory directory =
                    new AgentDirectory(Files.createDirectory(small.path().resolve("data")));
            Files.createDirectory(directory.walDirectory());
            directory.prepare();
            small.fill(small.path().resolve("filler"), 0);

            try (AgentLock lock = AgentLock.take(directory, Duration.ZERO)) {
                assertThat(lock.stillThere()).isTrue();
                PgAgentException second =
                        catchThrowableOfType(PgAgentException.class, () -> AgentLock.take(directory, Duration.ZERO));
                assertThat(second.kind()).isEqualTo(ErrorKind.ALREADY_RUNNING);
            }
        }
    }
}
