package org.pgagent.kit;

import java.nio.file.Path;

/**
 * A certificate for the loopback address that signs itself, made by the JDK's {@code keytool} for one test.
 *
 * @param keyStore a PKCS12 file with the private key
 * @param password of {@code keyStore}
 * @param authority the certificate alone as a PEM file, for the client to trust
 */
public record TestCertificate(Path keyStore, String password, Path authority) {
    private static final String PASSWORD = "changeit";

    /** Makes one in a directory. */
    public static TestCertificate create(Path directory) {
        return create(directory, "san=ip:127.0.0.1,dns:localhost");
    }

    /** Makes one for a host that nobody has. */
    public static TestCertificate createForAnotherHost(Path directory) {
        return create(directory, "san=dns:another.example");
    }

    private static TestCertificate create(Path directory, String names) {
        Path keyStore = directory.resolve("server.p12");
        Path authority = directory.resolve("authority.pem");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        ToolRun.successOf(
                keytool,
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-dname",
                "CN=pgagent test",
                "-ext",
                names,
                "-ext",
                "bc=ca:true",
                "-storetype",
                "PKCS12",
                "-keystore",
                keyStore.toString(),
                "-storepass",
                PASSWORD);
        ToolRun.successOf(
                keytool,
                "-exportcert",
                "-rfc",
                "-alias",
                "server",
                "-keystore",
                keyStore.toString(),
                "-storepass",
                PASSWORD,
                "-file",
                authority.toString());
        return new TestCertificate(keyStore, PASSWORD, authority);
    }
}
