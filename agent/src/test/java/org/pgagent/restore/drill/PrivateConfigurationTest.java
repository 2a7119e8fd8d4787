package org.pgagent.restore.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrivateConfigurationTest {
    @TempDir
    private Path place;

    @ParameterizedTest
    @ValueSource(strings = {"archive_mode", "Archive_Command", "LISTEN_ADDRESSES", "recovery_target_time", "hba_file"})
    void refuses_what_would_lead_out_of_the_directory(String name) {
        assertThatThrownBy(() -> PrivateConfiguration.requireHarmless(List.of("work_mem", name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stays private");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "work mem", "work_mem = 1\nlisten_addresses", "-c"})
    void refuses_what_is_no_name_of_a_setting(String name) {
        assertThatThrownBy(() -> PrivateConfiguration.requireHarmless(List.of(name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a good one");
    }

    @Test
    void takes_what_a_restored_cluster_may_need() {
        assertThatCode(() -> PrivateConfiguration.requireHarmless(
                        List.of("shared_preload_libraries", "max_prepared_transactions", "timescaledb.max_workers")))
                .doesNotThrowAnyException();
    }

    @Test
    void is_one_that_nobody_else_can_reach_and_that_reaches_nobody() throws Exception {
        try (DrillDirectory directory = DrillDirectory.create(place.resolve("it's"), Optional.empty())) {
            List<String> lines =
                    PrivateConfiguration.text(directory, 18).lines().toList();

            assertThat(lines)
                    .contains("listen_addresses = ''")
                    .contains("archive_mode = 'off'")
                    .contains("max_logical_replication_workers = '0'")
                    .contains("event_triggers = 'off'")
                    .contains("max_active_replication_origins = '1000'")
                    .contains("unix_socket_directories = '\"" + place + "/it''s/run\"'");
            assertThat(PrivateConfiguration.text(directory, 13)).doesNotContain("event_triggers", "active_replication");
        }
    }
}
