package org.pgagent.transfer;

import java.util.OptionalInt;
import org.pgagent.repository.FileContent;

/**
 * A file as the parent of an incremental backup has it.
 *
 * @param crc32c of the whole file, if it is known
 * @param rule how to tell what has changed since
 * @param packs where its content is; what they do not have any more is stored anew
 */
public record Predecessor(FileContent content, OptionalInt crc32c, ChangeRule rule, StoredPacks packs) {
    /** For a file that the parent does not have. */
    public static final Predecessor NONE =
            new Predecessor(FileContent.EMPTY, OptionalInt.empty(), new ChangeRule.ByContent(), StoredPacks.none());

    /** The same, with the rule that is always right. */
    Predecessor byContent() {
        return new Predecessor(content, crc32c, new ChangeRule.ByContent(), packs);
    }
}
