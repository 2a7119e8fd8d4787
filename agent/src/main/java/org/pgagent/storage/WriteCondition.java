package org.pgagent.storage;

/** When a write may take place. */
public sealed interface WriteCondition {
    /** Replaces whatever is there. Only for objects whose key nobody else can have, such as packs. */
    record Always() implements WriteCondition {}

    /** Only if there is no object under the key. */
    record IfAbsent() implements WriteCondition {}

    /** Only if the object is still the one that was read, told by its ETag. */
    record IfUnchanged(String etag) implements WriteCondition {}

    static WriteCondition always() {
        return new Always();
    }

    static WriteCondition ifAbsent() {
        return new IfAbsent();
    }

    static WriteCondition ifUnchanged(String etag) {
        return new IfUnchanged(etag);
    }
}
