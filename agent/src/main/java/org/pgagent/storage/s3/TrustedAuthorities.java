package org.pgagent.storage.s3;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** Whose certificates are trusted: authorities from a PEM file together with the JDK's own, or none. */
final class TrustedAuthorities {
    private TrustedAuthorities() {}

    /** @throws PgAgentException of kind CONFIGURATION if the file cannot be read or has no certificate */
    static TrustManager[] read(Path pemFile) throws PgAgentException {
        try {
            List<Certificate> trusted = new ArrayList<>(certificates(pemFile));
            for (TrustManager manager : trustManagers(null)) {
                if (manager instanceof X509TrustManager x509) {
                    trusted.addAll(List.<X509Certificate>of(x509.getAcceptedIssuers()));
                }
            }
            KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
            keys.load(null, null);
            for (int i = 0; i < trusted.size(); i++) {
                keys.setCertificateEntry("authority-" + i, trusted.get(i));
            }
            return trustManagers(keys);
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(pemFile, e instanceof IOException io ? FileSystemReason.of(io) : e.getMessage(), e);
        }
    }

    /** Trusts no one. Where no TLS is spoken, this spares reading the JDK's hundred and more authorities. */
    static TrustManager[] nobody() {
        return new TrustManager[0];
    }

    private static Collection<? extends Certificate> certificates(Path pemFile)
            throws IOException, GeneralSecurityException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(pemFile))) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new CertificateException("it has no certificate");
            }
            return found;
        }
    }

    private static TrustManager[] trustManagers(KeyStore keysOrDefault) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(keysOrDefault);
        return factory.getTrustManagers();
    }

    private static PgAgentException unusable(Path pemFile, String reason, Exception cause) {
        return new PgAgentException(
                ErrorKind.CONFIGURATION,
                "the CA file " + pemFile + " cannot be used: " + reason,
                "Name a readable PEM file with the certificate of the authority that signed the store's certificate.",
                cause);
    }
}
