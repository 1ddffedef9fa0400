package rckp;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Which directory is the base (PATH-6, PATH-7). Looks nothing up and creates nothing. */
public final class BaseDir {
    /** A variable and what is joined to its value. */
    private record StateDirectory(String variable, String... below) {}

    /** An operating system: its separators, that which joins first, and its row of the table in PATH-6. */
    public enum System {
        LINUX("/", new StateDirectory("XDG_STATE_HOME", "roma", "checkpoints"),
                new StateDirectory("HOME", ".local", "state", "roma", "checkpoints")),
        MACOS("/", new StateDirectory("HOME", "Library", "Application Support", "roma", "checkpoints")),
        WINDOWS("\\/", new StateDirectory("LOCALAPPDATA", "roma", "checkpoints"),
                new StateDirectory("APPDATA", "roma", "checkpoints")),
        OTHER("/", new StateDirectory("HOME", ".roma", "checkpoints"));

        private final String separators;
        private final List<StateDirectory> directories;

        System(String separators, StateDirectory... directories) {
            this.separators = separators;
            this.directories = List.of(directories);
        }

        private String join(String value, String[] below) {
            boolean ends = separators.indexOf(value.charAt(value.length() - 1)) >= 0;
            String separator = separators.substring(0, 1);
            return value + (ends ? "" : separator) + String.join(separator, below);
        }
    }

    private BaseDir() {}

    /** Explicit and project are null when they are not given; an empty one is given. */
    public static byte[] resolve(byte[] explicit, byte[] project, Map<String, String> environment,
            System system) {
        if (explicit != null) return explicit;
        String own = value(environment, "ROMA_CHECKPOINT_DIR");
        if (own != null) return own.getBytes(StandardCharsets.UTF_8);
        for (StateDirectory directory : system.directories) {
            String value = value(environment, directory.variable);
            if (value == null) continue;
            return system.join(value, directory.below).getBytes(StandardCharsets.UTF_8);
        }
        if (project != null) return project;
        return "./.roma/checkpoints".getBytes(StandardCharsets.UTF_8);  // "/" on every system
    }

    /** Null for a variable that is unset or empty (PATH-7). */
    private static String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }
}
