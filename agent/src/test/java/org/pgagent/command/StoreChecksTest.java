package org.pgagent.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgagent.config.SettingsReader;
import org.pgagent.kit.MemoryObjectStore;
import org.pgagent.storage.ConditionIgnoringStore;
import org.pgagent.storage.ObjectStore;

final class StoreChecksTest {
    @TempDir
    private Path dir;

    private Findings findings(ObjectStore store) throws IOException {
        Findings findings = new Findings();
        new StoreChecks(
                        new ServedStores(dir),
                        new SettingsReader(Map.of(), dir.resolve("none")).read(Map.of(), Optional.empty()),
                        findings)
                .run(store);
        return findings;
    }

    private static Findings.Finding conditions(Findings findings) {
        return findings.all().stream()
                .filter(finding -> finding.subject().equals("conditional writes"))
                .findFirst()
                .orElseThrow();
    }

    /** It can be used: nothing that was tried has failed. */
    @Test
    void a_store_that_ignores_conditions_is_doubtful_and_what_may_be_lost_is_said() throws IOException {
        Findings findings = findings(new ConditionIgnoringStore(new MemoryObjectStore()));

        assertThat(conditions(findings))
                .isEqualTo(new Findings.Finding(
                        "conditional writes",
                        Findings.Verdict.DOUBTFUL,
                        "not honoured: two hosts that write the same object in the same moment may overwrite each other unseen",
                        "Let only one host write to this repository, or use a store that honours If-None-Match."));
        assertThat(findings.firstFailure()).isEmpty();
    }

    @Test
    void a_store_that_honours_conditions_is_good() throws IOException {
        assertThat(conditions(findings(new MemoryObjectStore())))
                .isEqualTo(new Findings.Finding("conditional writes", Findings.Verdict.GOOD, "honoured", null));
    }
}
