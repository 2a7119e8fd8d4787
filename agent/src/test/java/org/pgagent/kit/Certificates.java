package org.pgagent.kit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Certificates made by openssl: an authority, a server called {@code localhost}, a client, and an authority that has
 * signed none of them. Certificates and keys are PEM, keys unencrypted and mode 0600; the server's key is the server
 * user's.
 */
public record Certificates(Path authority, Path server, Path serverKey, Path client, Path clientKey, Path stranger) {
    /** Makes them all, for one day, in a directory. */
    public static Certificates create(ScratchDirectory directory, String clientName) {
        Path authority = selfSigned(directory, "authority");
        Path stranger = selfSigned(directory, "stranger");
        Path server = signed(directory, "server", "localhost");
        Path client = signed(directory, "client", clientName);
        Path serverKey = directory.resolve("server.key");
        ServerUser.current().own(serverKey);
        return new Certificates(authority, server, serverKey, client, directory.resolve("client.key"), stranger);
    }

    private static Path selfSigned(ScratchDirectory directory, String name) {
        ToolRun.successOf(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=" + name,
                "-keyout",
                directory.resolve(name + ".key").toString(),
                "-out",
                directory.resolve(name + ".crt").toString());
        return directory.resolve(name + ".crt");
    }

    private static Path signed(ScratchDirectory directory, String name, String commonName) {
        Path extensions = directory.resolve(name + ".ext");
        try {
            Files.writeString(extensions, "subjectAltName = DNS:" + commonName + "\n");
        } catch (IOException e) {
            throw new AssertionError("cannot write " + extensions, e);
        }
        Path request = directory.resolve(name + ".csr");
        Path certificate = directory.resolve(name + ".crt");
        ToolRun.successOf(
                "openssl",
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=" + commonName,
                "-keyout",
                directory.resolve(name + ".key").toString(),
                "-out",
                request.toString());
        ToolRun.successOf(
                "openssl",
                "x509",
                "-req",
                "-days",
                "1",
                "-in",
                request.toString(),
                "-out",
                certificate.toString(),
                "-CA",
                directory.resolve("authority.crt").toString(),
                "-CAkey",
                directory.resolve("authority.key").toString(),
                "-CAcreateserial",
                "-extfile",
                extensions.toString());
        return certificate;
    }
}
