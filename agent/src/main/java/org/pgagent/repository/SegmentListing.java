package org.pgagent.repository;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.pgagent.postgres.WalSegment;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;

/** The names in one folder of the archive, walked through once, forwards, a page at a time. For one thread. */
final class SegmentListing {
    private final ObjectStore store;
    private final String prefix;
    private Iterator<ObjectInfo> page = List.<ObjectInfo>of().iterator();
    private Optional<String> nextPage = Optional.empty();
    private boolean lastPage;
    private String asked = "";
    private String name = "";
    private boolean longEnough;

    /** The folder of a segment. */
    SegmentListing(ObjectStore store, String prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    /** Whether a segment of this folder has not been passed yet. */
    boolean reaches(String folderPrefix, WalSegment segment) {
        return folderPrefix.equals(prefix) && segment.fileName().compareTo(asked) >= 0;
    }

    /** Whether the folder has a segment, which must not have been passed. Requests pages as needed. */
    boolean has(WalSegment segment) throws IOException {
        asked = segment.fileName();
        while (name.compareTo(asked) < 0 && advance()) {
            // names come in ascending order; those of .partial and .backup files begin with their segment's
        }
        return name.equals(asked) && longEnough;
    }

    private boolean advance() throws IOException {
        while (!page.hasNext()) {
            if (lastPage) {
                return false;
            }
            ObjectListing listing = store.list(prefix, ListDepth.ALL, nextPage);
            page = listing.objects().iterator();
            nextPage = listing.next();
            lastPage = nextPage.isEmpty();
        }
        ObjectInfo object = page.next();
        name = object.key().name();
        longEnough = isLongEnough(object);
        return true;
    }

    /** Whether there can be an archive file behind the description with which its object begins. */
    static boolean isLongEnough(ObjectInfo object) {
        return object.sizeBytes() > WalObjectHeader.BYTES;
    }
}
