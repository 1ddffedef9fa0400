package rckp;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What a path leads to. */
enum Kind {
    /** Nothing is there. */
    MISSING,
    /** Nothing can be there, since the way leads through something that is no directory. */
    THROUGH_FILE,
    FILE, DIRECTORY, LINK,
    /** A pipe, a socket or a device, which is never opened (STORE-4). */
    OTHER;

    /** With links followed. */
    static Kind of(Path path) throws IOException {
        return look(path);
    }

    /** Of the name itself, be it a link. */
    static Kind ofName(Path path) throws IOException {
        return look(path, LinkOption.NOFOLLOW_LINKS);
    }

    static Kind of(BasicFileAttributes attributes) {
        if (attributes.isRegularFile()) return FILE;
        if (attributes.isDirectory()) return DIRECTORY;
        return attributes.isSymbolicLink() ? LINK : OTHER;
    }

    private static Kind look(Path path, LinkOption... options) throws IOException {
        try {
            return of(Files.readAttributes(path, BasicFileAttributes.class, options));
        } catch (NoSuchFileException e) {
            return MISSING;
        } catch (FileSystemException e) {
            if (leadsThroughFile(path)) return THROUGH_FILE;  // ENOTDIR has no class of its own
            throw e;
        }
    }

    private static boolean leadsThroughFile(Path path) {
        for (Path above = path.getParent(); above != null; above = above.getParent()) {
            try {
                return !Files.readAttributes(above, BasicFileAttributes.class).isDirectory();
            } catch (IOException e) {
                // further up
            }
        }
        return false;
    }
}
