package rckp;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Flushing. A flush that failed is never repeated (SAFE-14): nothing here retries. */
final class Disk {
    private Disk() {}

    static void flushDirectory(Path directory) throws IOException {
        // On POSIX systems the JDK opens a directory for reading, and force() is fsync.
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            // A file system that does not flush directories does not need it.
            if (!"Invalid argument".equals(e.getMessage())) throw e;
        }
    }
}
