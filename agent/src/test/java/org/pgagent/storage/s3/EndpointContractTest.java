package org.pgagent.storage.s3;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.pgagent.kit.PlainObjects;
import org.pgagent.storage.ListDepth;
import org.pgagent.storage.ObjectInfo;
import org.pgagent.storage.ObjectListing;
import org.pgagent.storage.ObjectStore;
import org.pgagent.storage.ObjectStoreContract;
import org.pgagent.storage.UnfinishedUpload;

/**
 * The whole contract against a store of one's own: {@code -Dpgagent.test.bucket=B}, {@code -Dpgagent.test.endpoint=URL} but
 * for AWS, {@code -Dpgagent.test.region=R}; credentials as AWS's chain finds them. Writes below a prefix of its own and
 * removes what it wrote.
 */
@EnabledIfSystemProperty(named = "pgagent.test.bucket", matches = ".+")
final class EndpointContractTest extends ObjectStoreContract {
    private static final String PREFIX = "pgagent-contract-" + UUID.randomUUID();

    private static int stores;

    private static ObjectStore open(String prefix) throws IOException {
        return S3ObjectStore.open(new S3Settings(
                new S3Bucket(System.getProperty("pgagent.test.bucket"), prefix),
                new S3Endpoint(
                        Optional.ofNullable(System.getProperty("pgagent.test.endpoint"))
                                .map(URI::create),
                        Optional.ofNullable(System.getProperty("pgagent.test.region")),
                        PathStyle.AUTO,
                        Optional.empty()),
                PlainObjects.OPTIONS,
                S3Limits.DEFAULT));
    }

    @Override
    protected ObjectStore openEmpty() throws IOException {
        stores++;
        return open(PREFIX + "/" + stores);
    }

    @AfterAll
    static void removeEverything() throws IOException {
        try (ObjectStore store = open(PREFIX)) {
            List<ObjectInfo> left = new ArrayList<>();
            do {
                ObjectListing page = store.list("", ListDepth.ALL, Optional.empty());
                left.clear();
                left.addAll(page.objects());
                store.delete(left.stream().map(ObjectInfo::key).toList());
            } while (!left.isEmpty());
            for (UnfinishedUpload upload : store.unfinishedUploads("")) {
                store.abort(upload);
            }
        }
    }
}
