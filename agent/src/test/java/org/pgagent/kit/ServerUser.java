package org.pgagent.kit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The operating system user that servers and their child processes run as: the one who runs the tests, or, because
 * PostgreSQL refuses root, {@code postgres} or else {@code nobody}.
 */
public final class ServerUser {
    private static final ServerUser CURRENT = find();

    private final String name;
    private final List<String> prefix;

    private ServerUser(String name, List<String> prefix) {
        this.name = name;
        this.prefix = prefix;
    }

    public static ServerUser current() {
        return CURRENT;
    }

    private static ServerUser find() {
        String self = System.getProperty("user.name");
        if (!ToolRun.successOf("id", "-u").strip().equals("0")) {
            return new ServerUser(self, List.of());
        }
        for (String candidate : List.of("postgres", "nobody")) {
            ToolRun uid = ToolRun.of(List.of("id", "-u", candidate));
            if (uid.exitStatus() == 0) {
                String gid = ToolRun.successOf("id", "-g", candidate).strip();
                return new ServerUser(
                        candidate,
                        List.of("setpriv", "--reuid=" + uid.output().strip(), "--regid=" + gid, "--init-groups", "--"));
            }
        }
        throw new AssertionError("PostgreSQL refuses to run as root, and there is no user postgres or nobody");
    }

    public String name() {
        return name;
    }

    /** The command as it must be started so that it runs as this user. */
    public List<String> command(List<String> command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(command);
        return all;
    }

    public List<String> command(String... command) {
        return command(Arrays.asList(command));
    }

    /** Makes this user the owner of everything below a path. */
    public void own(Path path) {
        if (!prefix.isEmpty()) {
            ToolRun.successOf("chown", "-Rh", name + ":", path.toString());
        }
    }

    public boolean canRead(Path path) {
        return ToolRun.of(command("test", "-r", path.toString())).exitStatus() == 0;
    }
}
