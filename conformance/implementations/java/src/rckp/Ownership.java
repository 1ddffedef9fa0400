package rckp;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Owner, group and permissions of a file that is replaced (SAFE-16). No link is followed. */
record Ownership(int owner, int group, Set<PosixFilePermission> permissions) {
    static final Set<PosixFilePermission> OWNERS_BITS = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    static Ownership of(Path path, Set<PosixFilePermission> permissions) throws IOException {
        return new Ownership(id(path, "unix:uid"), id(path, "unix:gid"), permissions);
    }

    /**
     * The group first, then the permissions, then the owner. Without the group, both the group and
     * others get what both had.
     */
    static void inherit(Path path, Ownership there) throws IOException {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(there.permissions);
        boolean kept = set(path, "unix:gid", there.group);
        if (!kept) {
            narrow(permissions, PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
            narrow(permissions, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
            narrow(permissions, PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);
        }
        setPermissions(path, permissions);
        kept &= set(path, "unix:uid", there.owner);
        if (!kept) System.err.println("rckp: owner or group of a checkpoint could not be kept");
    }

    static void setPermissions(Path path, Set<PosixFilePermission> permissions) throws IOException {
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setPermissions(permissions);
    }

    private static void narrow(Set<PosixFilePermission> permissions, PosixFilePermission one, PosixFilePermission other) {
        if (permissions.contains(one) && permissions.contains(other)) return;
        permissions.remove(one);
        permissions.remove(other);
    }

    private static int id(Path path, String attribute) throws IOException {
        return (Integer) Files.getAttribute(path, attribute, LinkOption.NOFOLLOW_LINKS);
    }

    /** False where the process may not set it. */
    private static boolean set(Path path, String attribute, int id) throws IOException {
        if (id(path, attribute) == id) return true;
        try {
            Files.setAttribute(path, attribute, id, LinkOption.NOFOLLOW_LINKS);
            return true;
        } catch (FileSystemException e) {
            String reason = String.valueOf(e.getReason());
            if (reason.equals("Operation not permitted") || reason.equals("Invalid argument")) return false;
            throw e;
        }
    }
}
