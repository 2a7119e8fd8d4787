package org.pgagent.repository;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectKey;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;

/** The keys of archive files below one prefix, walked through once, forwards, a page at a time. For one thread. */
final class SegmentListing {
    private final ObjectStore store;
    private final String prefix;
    private Iterator<ObjectInfo> page = List.<ObjectInfo>of().iterator();
    private Optional<String> nextPage = Optional.empty();
    private boolean lastPage;
    private String asked = "";
    private String listed = "";
    private boolean longEnough;

    /** What lies below a prefix; it may end within a folder's name. */
    SegmentListing(ObjectStore store, String prefix) {
        this.store = store;
        this.prefix = prefix;
    }

    /** Whether a key lies below the prefix and has not been passed yet. */
    boolean reaches(ObjectKey segment) {
        return segment.value().startsWith(prefix) && segment.value().compareTo(asked) >= 0;
    }

    /** Whether a key is there, which must be one that this reaches. Requests pages as needed. */
    boolean has(ObjectKey segment) throws IOException {
        asked = segment.value();
        while (listed.compareTo(asked) < 0 && advance()) {
            // keys come in ascending order; those of .partial and .backup files begin with their segment's
        }
        return listed.equals(asked) && longEnough;
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
        listed = object.key().value();
        longEnough = isLongEnough(object);
        return true;
    }

    /** Whether there can be an archive file behind the description with which its object begins. */
    static boolean isLongEnough(ObjectInfo object) {
        return object.sizeBytes() > WalObjectHeader.BYTES;
    }
}
