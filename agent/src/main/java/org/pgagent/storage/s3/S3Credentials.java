package org.pgagent.storage.s3;

import java.util.Optional;

/** Who asks the store. Never printed. */
public sealed interface S3Credentials {
    /**
     * Found as all of AWS's tools find them: environment, web identity token, profile, container, instance metadata. Looked
     * for at the first request and renewed before they expire.
     */
    record Chain() implements S3Credentials {}

    /** Given. */
    record Fixed(String accessKeyId, String secretAccessKey, Optional<String> sessionToken) implements S3Credentials {
        public Fixed(String accessKeyId, String secretAccessKey) {
            this(accessKeyId, secretAccessKey, Optional.empty());
        }

        @Override
        public String toString() {
            return "Fixed[secret]";
        }
    }
}
