package org.pgagent.postgres.session;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * libpq's connection parameters that pgagent understands: the keyword of connection strings and service files, the
 * environment variable, and the property that pgjdbc has for the same (libpq's chapter in the manual: parameter key words,
 * environment variables).
 */
enum ConnectionParameter {
    HOST("host", "PGHOST", ""),
    HOSTADDR("hostaddr", "PGHOSTADDR", ""),
    PORT("port", "PGPORT", ""),
    DBNAME("dbname", "PGDATABASE", ""),
    USER("user", "PGUSER", "user"),
    PASSWORD("password", "PGPASSWORD", "password"),
    PASSFILE("passfile", "PGPASSFILE", ""),
    SERVICE("service", "PGSERVICE", ""),
    SERVICEFILE("servicefile", "PGSERVICEFILE", ""),
    CONNECT_TIMEOUT("connect_timeout", "PGCONNECT_TIMEOUT", ""),
    APPLICATION_NAME("application_name", "PGAPPNAME", "ApplicationName"),
    OPTIONS("options", "PGOPTIONS", "options"),
    SSLMODE("sslmode", "PGSSLMODE", "sslmode"),
    SSLROOTCERT("sslrootcert", "PGSSLROOTCERT", "sslrootcert"),
    SSLCERT("sslcert", "PGSSLCERT", "sslcert"),
    SSLKEY("sslkey", "PGSSLKEY", "sslkey"),
    SSLPASSWORD("sslpassword", "", "sslpassword"),
    SSLNEGOTIATION("sslnegotiation", "PGSSLNEGOTIATION", "sslNegotiation"),
    CHANNEL_BINDING("channel_binding", "PGCHANNELBINDING", "channelBinding"),
    REQUIRE_AUTH("require_auth", "PGREQUIREAUTH", "requireAuth"),
    GSSENCMODE("gssencmode", "PGGSSENCMODE", "gssEncMode"),
    KRBSRVNAME("krbsrvname", "PGKRBSRVNAME", "kerberosServerName");

    /** Parameters that are passed over: pgagent sets these itself, or they matter to other clients only. */
    private static final Set<String> PASSED_OVER = Set.of(
            "client_encoding",
            "fallback_application_name",
            "keepalives",
            "keepalives_idle",
            "keepalives_interval",
            "keepalives_count",
            "tcp_user_timeout");

    private final String keyword;
    private final String variable;
    private final String property;

    ConnectionParameter(String keyword, String variable, String property) {
        this.keyword = keyword;
        this.variable = variable;
        this.property = property;
    }

    /** The parameter of that keyword; empty for one that is passed over. */
    static Optional<ConnectionParameter> ofKeyword(String keyword) {
        if (PASSED_OVER.contains(keyword)) {
            return Optional.empty();
        }
        return Optional.of(Arrays.stream(values())
                .filter(parameter -> parameter.keyword.equals(keyword))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + keyword + "' is no connection parameter that pgagent knows")));
    }

    String keyword() {
        return keyword;
    }

    /** The environment variable; empty if there is none. */
    String variable() {
        return variable;
    }

    /** The property of pgjdbc that takes the same values; empty if there is none. */
    String property() {
        return property;
    }

    /** Whether it says how TLS is to be done, which means nothing on a Unix socket. */
    boolean isAboutEncryption() {
        return keyword.startsWith("ssl") || this == GSSENCMODE || this == CHANNEL_BINDING;
    }
}
