package org.pgagent.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;

final class FileObjectStoreContractTest extends ObjectStoreContract {
    @TempDir
    Path directory;

    @Override
    protected ObjectStore openEmpty() throws IOException {
        return FileObjectStore.open(directory, new Random());
    }
}
