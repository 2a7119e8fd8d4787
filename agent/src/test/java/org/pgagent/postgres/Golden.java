package org.pgagent.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** The files that a real server of a major version wrote; {@code make-golden.sh} beside them tells how. */
record Golden(int major) {
    static IntStream majors() {
        return IntStream.rangeClosed(CatalogVersion.MAJOR_MIN, CatalogVersion.MAJOR_MAX);
    }

    byte[] bytes(String name) {
        String resource = "/golden/" + major + "/" + name;
        try (InputStream in = Golden.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no golden file " + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /** What the server's own functions said of a file, by their column names. */
    Map<String, String> expected(String name) {
        Map<String, String> values = new LinkedHashMap<>();
        text(name + ".expected").lines().forEach(line -> {
            int equals = line.indexOf('=');
            values.put(line.substring(0, equals), line.substring(equals + 1));
        });
        return values;
    }

    ControlFile controlFile() {
        try {
            return ControlFile.parse(bytes("pg_control.primary"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    BackupLabel label() {
        try {
            return BackupLabel.parse(text("backup_label"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    WalSegmentSize segmentSize() {
        return controlFile().layout().walSegmentSize();
    }
}
