package org.pgagent.storage.s3;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the store is.
 *
 * @param uri such as {@code https://minio.example.com:9000}, whose scheme decides whether TLS is spoken; empty for AWS
 * @param region empty to look for {@code AWS_REGION} and the AWS profile's; with an endpoint, {@code us-east-1} in the end
 * @param pathStyle where the bucket's name goes
 * @param caFile a PEM file with certificates of authorities to trust besides the JDK's own
 */
public record S3Endpoint(Optional<URI> uri, Optional<String> region, PathStyle pathStyle, Optional<Path> caFile) {
    public S3Endpoint {
        uri.ifPresent(S3Endpoint::requireHttp);
    }

    /** AWS, with region and all else as its own tools find them. */
    public static S3Endpoint aws() {
        return new S3Endpoint(Optional.empty(), Optional.empty(), PathStyle.AUTO, Optional.empty());
    }

    /** A server of one's own. */
    public static S3Endpoint of(URI uri) {
        return new S3Endpoint(Optional.of(uri), Optional.empty(), PathStyle.AUTO, Optional.empty());
    }

    private static void requireHttp(URI uri) {
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null || uri.getUserInfo() != null || uri.getQuery() != null) {
            throw new IllegalArgumentException(
                    "not an endpoint: '" + uri + "' (a good one: https://minio.example.com:9000)");
        }
    }

    boolean usesPathStyle() {
        return switch (pathStyle) {
            case AUTO -> uri.isPresent();
            case PATH -> true;
            case VIRTUAL_HOST -> false;
        };
    }

    boolean speaksTls() {
        return uri.isEmpty() || "https".equalsIgnoreCase(uri.get().getScheme());
    }

    @Override
    public String toString() {
        return uri.map(URI::toString)
                .orElseGet(() -> "AWS" + region.map(name -> " in " + name).orElse(""));
    }
}
