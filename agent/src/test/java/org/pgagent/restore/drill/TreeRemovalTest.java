package org.pgagent.restore.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgagent.kit.PublishedClassPath;
import org.pgagent.kit.ScratchDirectory;
import org.pgagent.kit.ServerUser;
import org.pgagent.kit.ToolRun;

@Timeout(180)
final class TreeRemovalTest {
    private ScratchDirectory scratch;

    @BeforeEach
    void open() throws IOException {
        scratch = ScratchDirectory.create();
    }

    @AfterEach
    void close() {
        scratch.close();
    }

    @Test
    void read_only_directories_are_removed_by_their_owner() throws IOException {
        Path tree = scratch.createPrivate("drills").resolve("drill");

        ToolRun.successOf(ServerUser.current()
                .command(
                        "sh",
                        "-c",
                        "mkdir -p " + tree + "/certs/old && touch " + tree + "/certs/a " + tree
                                + "/certs/old/b && chmod 0500 " + tree + "/certs/old " + tree + "/certs && "
                                + PublishedClassPath.command(RemovalInChild.class.getName(), tree.toString())));

        assertThat(tree).doesNotExist();
    }
}
