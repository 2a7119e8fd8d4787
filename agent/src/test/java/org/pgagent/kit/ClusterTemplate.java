package org.pgagent.kit;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Data directories fresh from {@code initdb}; copies of one made earlier where that is enough, which saves seconds. */
final class ClusterTemplate {
    private ClusterTemplate() {}

    /** Makes a data directory at a path where there is nothing yet. */
    static void create(PostgresSetup setup, Path dataDirectory) {
        switch (setup.identity()) {
            case OWN -> initdb(setup, dataDirectory);
            case SHARED -> {
                Path home = PostgresBinaries.home(setup.major());
                String arguments = String.join(" ", setup.initdbArguments());
                String name = "initdb-"
                        + UUID.nameUUIDFromBytes(
                                (home.getFileName() + " " + arguments).getBytes(StandardCharsets.UTF_8));
                Path template = SharedDirectory.named(name, fresh -> {
                    Path directory = fresh.resolve("data");
                    ToolRun.successOf("mkdir", directory.toString());
                    ServerUser.current().own(directory);
                    initdb(setup, directory);
                });
                ToolRun.successOf("cp", "-a", template.resolve("data").toString(), dataDirectory.toString());
            }
        }
    }

    private static void initdb(PostgresSetup setup, Path dataDirectory) {
        List<String> command = new ArrayList<>(List.of(
                PostgresBinaries.program(setup.major(), "initdb").toString(),
                "--pgdata=" + dataDirectory,
                "--username=postgres",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync"));
        command.addAll(setup.initdbArguments());
        ToolRun.successOf(ServerUser.current().command(command));
    }
}
