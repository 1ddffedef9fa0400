package rckp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One write of one checkpoint, step by step as SAFE-11 has them. The JDK has no flock, so that
 * it goes on without the lock of SAFE-6.
 */
final class SafeWriter {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String TEMPORARY = "\\.rckp-[0-9a-f]{16}\\.tmp";
    private static final Duration SWEEP_AFTER = Duration.ofDays(1);
    private static final int TRIES = 1000;
    /** What is asked for; the system takes away those of its umask. */
    private static final Set<PosixFilePermission> NEW_FILE = PosixFilePermissions.fromString("rw-rw-rw-");

    /**
     * Stays open until it has its name: its permission bits need not allow to open it again, and
     * while it is open no other file can have its key, which is device and inode (SAFE-18).
     */
    private record Temporary(Path path, FileChannel channel, Object key) {}

    private final CheckpointRecord record;
    private final Scope scope;
    private final Path directory;
    private final Path name;
    private final Durability durability;
    /** What is to be removed when the checkpoint does not get its place (SAFE-12). */
    private final List<Path> made = new ArrayList<>();
    /** Whether the temporary file lacks bits that the system would have given it. */
    private boolean restricted;
    /** The checkpoint of this run that it is to replace, or null. */
    private Ownership replaced;

    SafeWriter(Scope scope, CheckpointRecord record, Durability durability) {
        this.record = record;
        this.scope = scope;
        this.directory = scope.directory.toPath();
        this.name = scope.file.toPath();
        this.durability = durability;
    }

    /** Flushes the directories above the scope as well if it is the first write there. */
    void write(byte[] data, boolean first) throws RckpException {
        sweep();
        Exception uncertain = null;
        boolean published = false;
        try {
            Temporary temporary = create(permissionsToBegin());
            try (FileChannel channel = temporary.channel()) {
                fill(channel, data);
                if (replaced != null) Ownership.inherit(temporary.path(), replaced);
                if (durability != Durability.NONE) channel.force(true);
                uncertain = publish(temporary);
                published = true;
                checkPublished(temporary);
            }
            made.clear();
        } catch (IOException e) {
            if (!published || e instanceof ReplacedException)
                throw new StoreException(Code.NOT_WRITTEN, scope.file, e);
            if (uncertain == null) uncertain = e;  // the check failed, or closing (SAFE-13)
        } finally {
            made.forEach(SafeWriter::removeQuietly);
        }
        Exception unflushed = durability == Durability.FULL ? flush(first) : null;
        if (uncertain == null) uncertain = unflushed;
        if (uncertain != null) throw new StoreException(Code.DURABILITY_UNCERTAIN, scope.file, uncertain);
    }

    /** SAFE-7, SAFE-17; there is no lock, so only what is more than a day old. */
    private void sweep() {
        Instant limit = Instant.now().minus(SWEEP_AFTER);
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, ".rckp-*.tmp")) {
            for (Path path : stream) {
                if (!path.getFileName().toString().matches(TEMPORARY)) continue;
                BasicFileAttributes attributes =
                        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                boolean old = attributes.lastModifiedTime().toInstant().isBefore(limit);
                if (attributes.isRegularFile() && old) removeQuietly(path);
            }
        } catch (Exception e) {
            // Sweeping is a courtesy: the write does not depend on it. Closing the stream throws
            // an exception that it does not declare.
        }
    }

    /**
     * No bit that what has the name lacks, so that nobody can read it meanwhile, and nothing for
     * a group before the file has the right one (SAFE-16).
     */
    private Set<PosixFilePermission> permissionsToBegin() throws IOException, RckpException {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(NEW_FILE);
        Occupant occupant = Occupant.of(name, record.runId());
        if (occupant.whose() == Occupant.Whose.OURS) replaced = occupant.file();
        if (occupant.file() != null) permissions.retainAll(Ownership.OWNERS_BITS);
        if (occupant.permissions() != null) permissions.retainAll(occupant.permissions());
        restricted = !permissions.equals(NEW_FILE);
        permissions.add(PosixFilePermission.OWNER_WRITE);
        return permissions;
    }

    /** Called when nothing is replaced whose permissions would count after all. */
    private void permitAsNew(Path temporary) throws IOException {
        if (!restricted) return;
        // The JDK cannot ask for the umask: an empty file shows what the system makes of it.
        Temporary empty = create(NEW_FILE);
        empty.channel().close();
        Ownership.setPermissions(temporary, Files.getPosixFilePermissions(empty.path()));
        Files.delete(empty.path());
    }

    /** SAFE-5 */
    private Temporary create(Set<PosixFilePermission> permissions) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            Path temporary = directory.resolve(".rckp-" + random() + ".tmp");
            try {
                FileChannel channel = FileChannel.open(temporary,
                        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(permissions));
                made.add(temporary);
                return new Temporary(temporary, channel, key(temporary));
            } catch (FileAlreadyExistsException e) {
                // another name
            }
        }
        throw new IOException("no free name for a temporary file");
    }

    private static void fill(FileChannel channel, byte[] data) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(data);
        while (rest.hasRemaining()) channel.write(rest);
        if (channel.size() != data.length) throw new IOException("the temporary file has another size");
    }

    /** What tells a file from others while it is open; null if there is none of this name. */
    private static Object key(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static void checkTemporary(Temporary temporary) throws IOException {
        if (!temporary.key().equals(key(temporary.path())))
            throw new IOException("another program has replaced the temporary file");
    }

    /**
     * The name must lead to the file that was written (SAFE-18). There is no lock, so another writer
     * of this run may have replaced it, or somebody may have removed it.
     */
    private void checkPublished(Temporary temporary) throws IOException, RckpException {
        if (temporary.key().equals(key(name))) return;
        Occupant occupant = Occupant.of(name, record.runId());
        switch (occupant.whose()) {
            case NOBODYS:
            case OURS:
                return;
            default:
                if (Files.isSymbolicLink(name)) removeQuietly(name);
                throw new ReplacedException();
        }
    }

    /** After publication, the name leads to a file that is not ours. */
    private static final class ReplacedException extends IOException {
        private static final long serialVersionUID = 1;

        ReplacedException() {
            super("another program has replaced the file");
        }
    }

    /** Gives the file its name; what is returned failed afterwards. */
    private Exception publish(Temporary opened) throws IOException, RckpException {
        Path temporary = opened.path();
        for (int i = 0; i < TRIES; i++) {
            Occupant occupant = Occupant.of(name, record.runId());
            switch (occupant.whose()) {
                case NOBODYS:
                    permitAsNew(temporary);
                    checkTemporary(opened);
                    try {
                        link(name, temporary);
                    } catch (FileAlreadyExistsException e) {
                        continue;  // another writer was faster
                    }
                    return removeSecondName(temporary);
                case OURS:
                    if (!occupant.file().equals(replaced))  // another one by now
                        Ownership.inherit(temporary, occupant.file());
                    break;
                case ANOTHER_RUNS:
                    throw new StoreException(Code.RUN_ID_COLLISION, scope.file, null);
                case DIRECTORY:
                    throw new StoreException(Code.NOT_A_FILE, scope.file, null);
                default:
                    permitAsNew(temporary);
                    keepAside();
                    if (durability != Durability.NONE) Disk.flushDirectory(directory);
                    break;
            }
            checkTemporary(opened);
            Files.move(temporary, name, StandardCopyOption.ATOMIC_MOVE);
            made.clear();  // a second name is the only one now of what was in the way
            return null;
        }
        throw new IOException("what has the name changes all the time");
    }

    /** A hard link, or false: where the file system has none, a rename. */
    private static boolean link(Path to, Path from) throws IOException {
        try {
            Files.createLink(to, from);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException e) {
            if (!isWithoutLinks(e)) throw e;
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
            return false;
        }
    }

    /** EPERM, EOPNOTSUPP, ENOSYS and EMLINK have no classes of their own. */
    private static boolean isWithoutLinks(FileSystemException e) {
        String reason = String.valueOf(e.getReason());
        return reason.equals("Operation not permitted") || reason.equals("Operation not supported")
                || reason.equals("Function not implemented") || reason.equals("Too many links");
    }

    private static Exception removeSecondName(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
            return null;
        } catch (IOException e) {
            return e;  // SAFE-13
        }
    }

    /** SAFE-10: a second name beside the first, which a rename then takes away. */
    private void keepAside() throws IOException {
        String stem = name.getFileName().toString();  // ASCII
        stem = stem.substring(0, Math.min(stem.length(), 200));
        for (int i = 0; i < TRIES; i++) {
            try {
                Path kept = directory.resolve(stem + ".kept-" + random());
                if (link(kept, name)) made.add(kept);
                return;
            } catch (FileAlreadyExistsException e) {
                // another name
            }
        }
        throw new IOException("no free name to keep what is there");
    }

    /** Takes every step, and returns the first failure (SAFE-13). */
    private Exception flush(boolean first) {
        Exception failure = null;
        try {
            Disk.flushDirectory(directory);
        } catch (IOException e) {
            failure = e;
        }
        if (!first) return failure;
        try {
            for (Path above : scope.above()) {
                try {
                    Disk.flushDirectory(above);
                } catch (AccessDeniedException e) {
                    // One that may not be opened is passed over (SAFE-15).
                } catch (IOException e) {
                    if (failure == null) failure = e;
                }
            }
        } catch (IOException e) {
            if (failure == null) failure = e;
        }
        return failure;
    }

    private static void removeQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // A later write sweeps it up (SAFE-7).
        }
    }

    private static String random() {
        return String.format("%016x", RANDOM.nextLong());
    }
}
