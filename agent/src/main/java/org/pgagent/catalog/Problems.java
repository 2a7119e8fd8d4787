package org.pgagent.catalog;

import org.pgagent.storage.ObjectKey;

/** Words for what is wrong with an object. */
final class Problems {
    private Problems() {}

    /** What a message says of an object, to be said after its name. */
    static String without(ObjectKey object, String message) {
        return message.replaceFirst(
                "^(the manifest |the pack )?" + java.util.regex.Pattern.quote(object.value()) + " ", "");
    }
}
