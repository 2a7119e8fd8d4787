package org.pgagent.command;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.pgagent.catalog.Damage;
import org.pgagent.catalog.DamagedFile;
import org.pgagent.catalog.ValidationReport;
import org.pgagent.config.Settings;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.RelationFile;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.session.ServerConnection;
import org.pgagent.repository.BackupRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the relations of damaged files are called, as the server of that cluster knows them at this moment, if it answers: files
 * have numbers, and a rewritten table has a new one.
 */
final class RelationNames {
    private static final Logger LOG = LoggerFactory.getLogger(RelationNames.class);

    /** More than that are not looked at one by one. */
    private static final int RELATIONS_MAX = 200;

    private final Map<Key, String> names = new HashMap<>();

    /** A relation, whatever fork and segment. */
    private record Key(long tablespace, long database, long relation) {
        static Key of(RelationFile file) {
            return new Key(file.tablespace(), file.database(), file.relation());
        }
    }

    private RelationNames() {}

    /** Asks only if a relation is damaged; a server that cannot be asked leaves them without names. */
    static RelationNames of(ValidationReport report, Surroundings surroundings, Settings settings) {
        RelationNames names = new RelationNames();
        Map<Long, List<Key>> damaged = report.outcomes().stream()
                .flatMap(outcome -> outcome.damages().stream())
                .flatMap(damage -> damage.file().flatMap(DamagedFile::relation).stream())
                .map(Key::of)
                .distinct()
                .limit(RELATIONS_MAX)
                .collect(Collectors.groupingBy(Key::database, TreeMap::new, Collectors.toList()));
        if (!damaged.isEmpty()) {
            try {
                names.ask(damaged, cluster(report), surroundings, settings);
            } catch (IOException e) {
                LOG.info("damaged files are told by their numbers, since no server can be asked: {}", e.getMessage());
            }
        }
        return names;
    }

    private static Optional<SystemIdentifier> cluster(ValidationReport report) {
        return report.outcomes().stream()
                .flatMap(outcome -> outcome.record().map(BackupRecord::source).stream())
                .map(source -> source.systemIdentifier())
                .findFirst();
    }

    private void ask(
            Map<Long, List<Key>> damaged,
            Optional<SystemIdentifier> cluster,
            Surroundings surroundings,
            Settings settings)
            throws IOException {
        Map<Long, String> databases;
        try (ServerConnection server = surroundings.connect(settings)) {
            if (!cluster.equals(Optional.of(server.systemIdentifier()))) {
                LOG.info(
                        "damaged files are told by their numbers: the server {} is of another cluster",
                        server.describe());
                return;
            }
            databases = server.databaseNames();
            put(damaged.getOrDefault(0L, List.of()), server);
        }
        for (Map.Entry<Long, List<Key>> database : damaged.entrySet()) {
            String name = databases.get(database.getKey());
            if (name != null) {
                try (ServerConnection server = surroundings.connect(settings, name)) {
                    put(database.getValue(), server);
                }
            }
        }
    }

    private void put(List<Key> relations, ServerConnection server) throws PgAgentException {
        for (Key key : relations) {
            server.relationName(key.tablespace(), key.relation()).ifPresent(name -> names.put(key, name));
        }
    }

    /** The name of a damaged file's relation; null if it has none, or none is known. */
    String of(Damage damage) {
        return damage.file()
                .flatMap(DamagedFile::relation)
                .map(file -> names.get(Key.of(file)))
                .orElse(null);
    }
}
