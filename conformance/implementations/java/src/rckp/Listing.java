package rckp;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The checkpoints below a base, in their order, and what could not be read. */
public final class Listing {
    private static final byte[] EXTENSION = {'.', 'c', 'k', 'p', 't'};

    private final List<RawPath> files = new ArrayList<>();
    private final List<LeftOut> leftOut = new ArrayList<>();

    private record Entry(byte[] name, Path path) {}

    private Listing() {}

    static Listing below(RawPath base) throws StoreException {
        Listing listing = new Listing();
        try {
            switch (Kind.of(base.toPath())) {  // the base may be a link (STORE-3)
                case MISSING: throw new StoreException(Code.MISSING, base, null);
                case DIRECTORY: break;
                default: throw new StoreException(Code.NOT_A_DIRECTORY, base, null);
            }
            List<Entry> entries = new ArrayList<>();
            read(base.toPath(), entries);
            listing.add(base, entries);
        } catch (NoSuchFileException e) {
            throw new StoreException(Code.MISSING, base, e);
        } catch (NotDirectoryException e) {
            throw new StoreException(Code.NOT_A_DIRECTORY, base, e);
        } catch (IOException e) {
            throw new StoreException(Code.UNREADABLE, base, e);
        }
        return listing;
    }

    public List<RawPath> files() {
        return files;
    }

    public List<LeftOut> leftOut() {
        return leftOut;
    }

    private void add(RawPath directory, List<Entry> entries) {
        // By name in each directory is by component of the path (STORE-5).
        entries.sort((a, b) -> Arrays.compareUnsigned(a.name, b.name));
        for (Entry entry : entries) {
            RawPath path = directory.child(entry.name);
            try {
                switch (Kind.ofName(entry.path)) {  // links are not followed (STORE-3)
                    case DIRECTORY: addDirectory(path, entry.path); break;
                    case FILE: if (isCheckpoint(entry.name)) files.add(path); break;
                    default: break;  // STORE-4, or gone meanwhile
                }
            } catch (IOException e) {
                leftOut.add(new LeftOut(path, e));
            }
        }
    }

    private void addDirectory(RawPath raw, Path path) {
        List<Entry> entries = new ArrayList<>();
        try {
            read(path, entries);
        } catch (IOException e) {
            leftOut.add(new LeftOut(raw, e));  // and go on with what has been read (STORE-7)
        }
        add(raw, entries);
    }

    /** All entries first, so that no descriptor is held on the way down. */
    private static void read(Path directory, List<Entry> entries) throws IOException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path path : stream) entries.add(new Entry(RawPath.nameOf(path), path));
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            // Closing the stream throws an exception that it does not declare. All entries have
            // been read by then.
        }
    }

    /** STORE-1 */
    private static boolean isCheckpoint(byte[] name) {
        int start = name.length - EXTENSION.length;
        return start > 0 && Arrays.equals(name, start, name.length, EXTENSION, 0, EXTENSION.length);
    }
}
