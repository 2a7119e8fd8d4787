package org.pgagent.kit;

import java.util.Optional;
import org.pgagent.storage.s3.S3ObjectOptions;
import org.pgagent.storage.s3.ServerEncryption;

/** Objects that a store keeps as it keeps any. */
public final class PlainObjects {
    public static final S3ObjectOptions OPTIONS =
            new S3ObjectOptions(Optional.empty(), new ServerEncryption.BucketDefault());

    private PlainObjects() {}
}
