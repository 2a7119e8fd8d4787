package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.ClusterName;
import org.pgagent.storage.FileObjectStore;
import org.pgagent.storage.ObjectStore;

/** A process of its own that restores the newest backup of a repository in a directory, for a test that kills it. */
public final class RestoreInChild {
    private RestoreInChild() {}

    public static void main(String[] arguments) throws IOException {
        try (ObjectStore store = FileObjectStore.open(Path.of(arguments[0]), new SplittableRandom())) {
            Restore restore =
                    new Restore(store, new ClusterKeys(new ClusterName("main")), 2, SampleRepository.surroundings());
            restore.run(restore.plan(SampleRepository.request(Path.of(arguments[1]))));
        }
    }
}
