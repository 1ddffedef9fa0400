package rckp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/** Removing old checkpoints (STORE-15 to STORE-18). */
final class Purge {
    private final RawPath base;
    private final BigInteger before;
    private final List<LeftOut> failures = new ArrayList<>();

    /** By what a file is recognised as the very one that was judged (STORE-17). */
    private record Stamp(Object deviceAndInode, long size, FileTime modified) {
        static Stamp of(Path path) throws IOException {
            BasicFileAttributes attributes =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return new Stamp(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
        }
    }

    Purge(RawPath base, BigInteger before) {
        this.base = base;
        this.before = before;
    }

    long run() throws StoreException {
        Listing listing = Listing.below(base);
        failures.addAll(listing.leftOut());
        long removed = 0;
        for (RawPath file : listing.files()) {
            try {
                if (removeIfOld(file.toPath())) removed++;
            } catch (NoSuchFileException e) {
                // Somebody else has removed it: no error, and not counted.
            } catch (DecodeFault e) {
                // STORE-16: who knows how old it is.
            } catch (IOException | RckpException e) {
                failures.add(new LeftOut(file, e));  // STORE-18
            }
        }
        if (!failures.isEmpty()) throw new PurgeIncomplete(base, removed, failures);
        return removed;
    }

    private boolean removeIfOld(Path file) throws IOException, RckpException {
        Stamp judged = Stamp.of(file);
        if (!isOld(file)) return false;
        if (!Stamp.of(file).equals(judged)) return false;  // another one by now (STORE-17)
        return Files.deleteIfExists(file);
    }

    private boolean isOld(Path file) throws IOException, RckpException {
        try (InputStream in = new BufferedInputStream(
                Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS))) {
            FieldReader reader = new FieldReader(in);
            for (Field field : Field.values()) {
                Object value = reader.read(field);
                // The rest of a file that stays need not be read (STORE-22).
                if (field == Field.CREATED_AT_MS && !isBefore((Long) value)) return false;
            }
            return true;
        }
    }

    private boolean isBefore(long createdAtMs) {
        return new BigInteger(Long.toUnsignedString(createdAtMs)).compareTo(before) < 0;
    }
}
