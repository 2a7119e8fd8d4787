package org.pgagent.restore;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks through the restored configuration for what suits the source and may hurt a copy. Tells, and changes nothing: that is
 * the operator's to decide.
 */
final class SettingsReview {
    private static final Map<String, String> CONCERNS = concerns();

    private SettingsReview() {}

    private static Map<String, String> concerns() {
        Map<String, String> concerns = new LinkedHashMap<>();
        concerns.put("data_directory", "the server will use that directory, not the restored one");
        concerns.put("hba_file", "lies where the source had it");
        concerns.put("ident_file", "lies where the source had it");
        concerns.put("external_pid_file", "the source writes it too, on the same host");
        concerns.put("synchronous_standby_names", "every commit waits until such a standby is connected");
        concerns.put("primary_conninfo", "a standby follows that server");
        concerns.put("primary_slot_name", "a standby uses that slot, perhaps with another one");
        concerns.put("recovery_min_apply_delay", "a standby stays that far behind");
        concerns.put("port", "taken, if the source runs on this host");
        concerns.put("unix_socket_directories", "must exist on this host");
        concerns.put("listen_addresses", "must exist on this host");
        concerns.put("cluster_name", "the source has the same");
        concerns.put("shared_preload_libraries", "must be installed on this host");
        concerns.put("archive_library", "archives in place of archive_command");
        concerns.put("ssl_cert_file", "must exist on this host");
        concerns.put("ssl_key_file", "must exist on this host");
        concerns.put("ssl_ca_file", "must exist on this host");
        concerns.put("ssl_crl_file", "must exist on this host");
        return concerns;
    }

    /** One line for each setting that somebody should look at; what is set to nothing is no concern. */
    static List<String> notes(SettingsText mainConf, SettingsText autoConf) {
        List<String> notes = new ArrayList<>();
        if (mainConf.lines().isEmpty()) {
            notes.add(
                    "there is no postgresql.conf in the restored directory: the source kept it elsewhere, and the server"
                            + " needs one (Debian's service has one in /etc/postgresql; else -c config_file=… names one)");
        }
        Map<String, String> values = new LinkedHashMap<>(mainConf.values());
        values.putAll(autoConf.values());
        CONCERNS.forEach((name, concern) -> {
            String value = values.getOrDefault(name, "");
            if (!value.isEmpty()) {
                notes.add(name + " = '" + value + "': " + concern);
            }
        });
        return notes;
    }
}
