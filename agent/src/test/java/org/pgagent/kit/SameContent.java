package org.pgagent.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Two files compared block by block; AssertJ's hasSameBinaryContentAs reads byte by byte, which took whole tests' time. */
public final class SameContent {
    private SameContent() {}

    public static void require(Path actual, Path expected) throws IOException {
        require(actual, expected, "");
    }

    /**
     * Fails unless the one has what the other has.
     *
     * @param how what was done before, for the failure's text
     */
    public static void require(Path actual, Path expected, String how) throws IOException {
        assertThat(Files.mismatch(actual, expected))
                .as("%s first byte in which %s is not %s", how, actual, expected)
                .isEqualTo(-1);
    }
}
