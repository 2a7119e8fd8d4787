package org.pgagent.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** Decides where the parts of a cluster go, and checks each place. */
final class PlannedDirectories {
    private final DestinationCheck check;
    private final RestoreDestination destination;
    private final List<String> warnings = new ArrayList<>();

    PlannedDirectories(DestinationCheck check, RestoreDestination destination) {
        this.check = check;
        this.destination = destination;
    }

    /** Where each tablespace goes, by oid. */
    static Map<String, String> locations(RestoreDestination destination, ManifestSurvey survey) {
        Map<String, String> locations = new TreeMap<>();
        survey.tablespaces()
                .forEach((oid, part) -> locations.put(
                        oid,
                        destination
                                .tablespaces()
                                .newLocation(oid, part.location())
                                .orElse(part.location())
                                .toString()));
        return locations;
    }

    private static String what(RestoreMarker marker) {
        return "from backup " + marker.backup() + " of cluster '" + marker.cluster() + "'"
                + (marker.tablespaces().isEmpty()
                        ? ""
                        : ", with tablespaces in " + marker.tablespaces().values());
    }

    /**
     * The directories, the data directory first.
     *
     * @param found the marker of an interrupted restore
     * @param own what this restore will mark the data directory with
     */
    List<PlannedDirectory> plan(ManifestSurvey survey, Optional<RestoreMarker> found, RestoreMarker own)
            throws IOException {
        if (found.isPresent() && !own.isLike(found.get())) {
            throw new PgAgentException(
                    ErrorKind.TARGET_DIRECTORY,
                    "the interrupted restore into " + destination.dataDirectory() + " was " + what(found.get())
                            + "; this one is " + what(own),
                    "Repeat the interrupted command as it was. If it cannot come to its end, or another backup is wanted, empty"
                            + " all its directories and restore anew.");
        }
        Optional<RestoreMarker> begun = found.map(own::goingOn);
        requireKnown(survey);
        Set<Path> distinct = new HashSet<>(Set.of(real(destination.dataDirectory())));
        FreeSpace space = new FreeSpace();
        List<PlannedDirectory> planned = new ArrayList<>();
        long free = space.needed(destination.dataDirectory(), survey.dataDirectoryBytes());
        planned.add(new PlannedDirectory(
                PlannedDirectory.Role.DATA_DIRECTORY,
                Optional.empty(),
                Optional.empty(),
                destination.dataDirectory(),
                survey.dataDirectoryBytes(),
                free));
        for (Map.Entry<String, ManifestSurvey.Part> tablespace :
                survey.tablespaces().entrySet()) {
            planned.add(tablespace(tablespace.getKey(), tablespace.getValue(), space, begun));
        }
        if (destination.walDirectory().isPresent()) {
            Path wal = destination.walDirectory().get();
            if (wal.startsWith(destination.dataDirectory())) {
                throw new PgAgentException(
                        ErrorKind.TARGET_DIRECTORY,
                        "the directory for pg_wal, " + wal + ", lies in the data directory",
                        "Give a directory elsewhere, or leave it out: then pg_wal is a directory in the data directory.");
            }
            checkDirectory(PlannedDirectory.Role.WAL, wal, begun);
            planned.add(new PlannedDirectory(
                    PlannedDirectory.Role.WAL, Optional.empty(), Optional.empty(), wal, 0, space.neededForWal(wal)));
        } else {
            space.neededForWal(destination.dataDirectory());
        }
        for (PlannedDirectory directory : planned.subList(1, planned.size())) {
            if (!distinct.add(real(directory.path()))) {
                throw new PgAgentException(
                        ErrorKind.TARGET_DIRECTORY,
                        "two parts of the cluster would both go to " + directory.path(),
                        "Give each its own directory (-D, --tablespace-mapping, --waldir).");
            }
        }
        warnings.addAll(space.check());
        return planned;
    }

    /** What every other name of a directory leads to as well, whether it exists yet or not. */
    private static Path real(Path directory) throws IOException {
        Path existing = DestinationCheck.existingParent(directory);
        return existing.toRealPath().resolve(existing.relativize(directory));
    }

    private PlannedDirectory tablespace(
            String oid, ManifestSurvey.Part part, FreeSpace space, Optional<RestoreMarker> begun) throws IOException {
        Optional<Path> mapped = destination.tablespaces().newLocation(oid, part.location());
        Path location = mapped.orElse(part.location());
        checkDirectory(PlannedDirectory.Role.TABLESPACE, location, begun);
        if (mapped.isPresent() && Files.exists(part.location())) {
            warnings.add("the source of tablespace " + oid + ", " + part.location()
                    + ", exists on this host: if the WAL creates a tablespace at such a path, recovery writes there");
        }
        if (location.startsWith(destination.dataDirectory())) {
            warnings.add("tablespace " + oid + " lies in the data directory, at " + location);
        }
        long free = space.needed(location, part.bytes());
        return new PlannedDirectory(
                PlannedDirectory.Role.TABLESPACE,
                Optional.of(oid),
                Optional.of(part.location()),
                location,
                part.bytes(),
                free);
    }

    /** One that an interrupted restore has begun to fill was empty then, and has its marker. */
    private void checkDirectory(PlannedDirectory.Role role, Path directory, Optional<RestoreMarker> begun)
            throws IOException {
        if (begun.isPresent()) {
            check.begunDirectory(role, directory, begun.get());
        } else {
            check.newDirectory(role, directory);
        }
    }

    private void requireKnown(ManifestSurvey survey) throws PgAgentException {
        Set<String> known = new TreeSet<>();
        survey.tablespaces().forEach((oid, part) -> {
            known.add(oid);
            known.add(part.location().toString());
        });
        for (String from : destination.tablespaces().newLocations().keySet()) {
            if (!known.contains(from)) {
                throw TablespaceMapping.usage("the backup has no tablespace " + from + "; it has "
                        + (known.isEmpty() ? "none" : String.join(", ", known)));
            }
        }
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }
}
