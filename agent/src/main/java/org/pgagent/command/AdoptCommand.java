package org.pgagent.command;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Set;
import org.pgagent.config.Setting;
import org.pgagent.config.SettingGroup;
import org.pgagent.config.Settings;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.ControlFile;
import org.pgagent.postgres.ControlFileReader;
import org.pgagent.postgres.WalSegmentSize;
import org.pgagent.repository.ClusterClaim;
import org.pgagent.repository.ClusterKeys;
import org.pgagent.repository.WriterLease;
import org.pgagent.storage.ObjectStore;
import org.pgagent.wal.ArchivingNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pgagent adopt}. */
@Command(
        name = "adopt",
        header = "Takes over the right to archive, after a failover or a restore.",
        description = "Only one data directory may archive under a cluster's name. This gives the right to the one that"
                + " --pgdata names, whoever has it now; that one's archiver is refused from then on. Run it as the"
                + " operating system user that owns the data directory; the server may run or not.",
        footer = {
            "  pgagent adopt --bucket my-backups -D /var/lib/postgresql/17/main",
            "  pgagent adopt --bucket my-backups -D /pg --dry-run"
        })
public final class AdoptCommand implements Verb {
    private final Surroundings surroundings;

    @Option(names = "--dry-run", description = "Print what would happen, and change nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    public AdoptCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Set<Setting<?>> settings() {
        return SettingSets.of(Set.of(SettingGroup.REPOSITORY), Setting.PGDATA);
    }

    @Override
    public Map<String, Class<?>> documents() {
        return Map.of("adopt", AdoptionView.Report.class);
    }

    @Override
    public int run(Settings settings) throws IOException {
        Path dataDirectory = settings.get(Setting.PGDATA);
        ControlFile own = new ControlFileReader().read(dataDirectory).content();
        ArchivingNode node =
                new ArchivingNode(dataDirectory, ThisHost.writer(), surroundings.clock(), new SecureRandom());
        ClusterKeys keys = new ClusterKeys(settings.get(Setting.CLUSTER));
        try (OpenStore opened = surroundings.openStore(settings)) {
            ObjectStore store = opened.store();
            ClusterClaim claim = surroundings.claim(store, settings);
            requireKnown(claim, own, keys, store);
            WalSegmentSize size = own.layout().walSegmentSize();
            WriterLease.Adoption adoption = dryRun
                    ? node.leaseToLookAt(store, keys, size).planAdoption(own.timeline())
                    : node.lease(claim.claim(own).store(), keys, size).adopt(own.timeline());
            print(new AdoptionView(keys.cluster().value(), store.describe(), dryRun, adoption));
        }
        return SUCCESS;
    }

    /** A wrong name would otherwise be taken over with success, and the right one stay with its owner. */
    private static void requireKnown(ClusterClaim claim, ControlFile own, ClusterKeys keys, ObjectStore store)
            throws IOException {
        if (claim.find(own).isEmpty()) {
            throw new PgAgentException(
                    ErrorKind.OBJECT_MISSING,
                    "nothing was ever stored as '" + keys.cluster() + "' in " + store.describe(),
                    "See whether --bucket, --prefix and --cluster are right. A new cluster needs no adopt: its first push"
                            + " takes the right.");
        }
    }

    private void print(AdoptionView view) {
        if (json) {
            surroundings.console().printJson(view.report());
        } else {
            view.lines().forEach(surroundings.console()::print);
        }
    }
}
