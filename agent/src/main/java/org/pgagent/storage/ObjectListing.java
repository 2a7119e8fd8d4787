package org.pgagent.storage;

import java.util.List;
import java.util.Optional;

/**
 * One page of a listing, at most a thousand entries, in key order.
 *
 * @param objects the objects
 * @param folders with {@link ListDepth#FOLDER}: the names one level down that have objects below them, as full keys
 *     without a trailing slash
 * @param next where the following page begins, to hand to {@link ObjectStore#list}; empty on the last page
 */
public record ObjectListing(List<ObjectInfo> objects, List<ObjectKey> folders, Optional<String> next) {
    public ObjectListing {
        objects = List.copyOf(objects);
        folders = List.copyOf(folders);
    }
}
