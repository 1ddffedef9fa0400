package rckp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Removing one name below the base, and nothing else (STORE-12, STORE-13). */
final class Deletion {
    private static final byte[] UP = {'.', '.'};

    private Deletion() {}

    static boolean delete(RawPath base, RawPath path, Durability durability) throws StoreException {
        List<byte[]> names = namesBelow(base, path);
        Path directory;
        try {
            RawPath raw = base;
            switch (Kind.of(base.toPath())) {  // the base may be a link
                case DIRECTORY: break;
                case MISSING: return false;
                default: throw new StoreException(Code.NOT_A_DIRECTORY, base, null);
            }
            for (byte[] name : names.subList(0, names.size() - 1)) {
                raw = raw.child(name);
                switch (Kind.ofName(raw.toPath())) {
                    case DIRECTORY: break;
                    case MISSING: return false;
                    default: throw new StoreException(Code.NOT_A_DIRECTORY, raw, null);
                }
            }
            directory = raw.toPath();
            Path last = raw.child(names.get(names.size() - 1)).toPath();
            switch (Kind.ofName(last)) {
                case MISSING: return false;
                case DIRECTORY: throw new StoreException(Code.NOT_A_FILE, path, null);  // STORE-14
                default: break;
            }
            if (!Files.deleteIfExists(last)) return false;  // a link itself, never its target
        } catch (IOException e) {
            throw new StoreException(Code.NOT_REMOVED, path, e);
        }
        if (durability == Durability.FULL) flush(directory, path);
        return true;
    }

    private static void flush(Path directory, RawPath path) throws StoreException {
        try {
            Disk.flushDirectory(directory);
        } catch (IOException e) {
            throw new StoreException(Code.DURABILITY_UNCERTAIN, path, e);  // SAFE-13
        }
    }

    /** The components of path below base, which may be named with its links followed, too. */
    private static List<byte[]> namesBelow(RawPath base, RawPath path) throws StoreException {
        List<byte[]> names = after(base.components(), path.components());
        if (names == null) names = after(followed(base).components(), path.components());
        if (names == null || names.isEmpty() || names.stream().anyMatch(n -> Arrays.equals(n, UP))) {
            throw new StoreException(Code.OUTSIDE_BASE, path, null);
        }
        return names;
    }

    private static RawPath followed(RawPath base) {
        try {
            return RawPath.of(base.toPath().toRealPath());
        } catch (IOException e) {
            return base;
        }
    }

    private static List<byte[]> after(List<byte[]> start, List<byte[]> whole) {
        if (whole.size() < start.size()) return null;
        for (int i = 0; i < start.size(); i++) {
            if (!Arrays.equals(start.get(i), whole.get(i))) return null;
        }
        return whole.subList(start.size(), whole.size());
    }
}
