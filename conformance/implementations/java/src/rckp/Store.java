package rckp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A base directory and what is done with the checkpoints below it (chapter The store). */
public final class Store {
    private final RawPath base;
    private final Durability durability;
    /** Whose directories above have been flushed by this store. */
    private final Set<RawPath> flushedScopes = ConcurrentHashMap.newKeySet();

    public Store(RawPath base) {
        this(base, Durability.FULL);
    }

    public Store(RawPath base, Durability durability) {
        this.base = base;
        this.durability = durability;
    }

    public RawPath base() {
        return base;
    }

    /** STORE-1 to STORE-8 */
    public Listing files() throws StoreException {
        return Listing.below(base);
    }

    /** The record of any file, wherever it lies (STORE-10, STORE-11). */
    public CheckpointRecord read(RawPath path) throws RckpException {
        try {
            switch (Kind.of(path.toPathAsGiven())) {  // looks first: a pipe would block
                case FILE: break;
                case MISSING, THROUGH_FILE: throw new StoreException(Code.MISSING, path, null);
                default: throw new StoreException(Code.NOT_A_FILE, path, null);
            }
            try (InputStream in = new BufferedInputStream(Files.newInputStream(path.toPath()))) {
                return Decoder.decode(in);
            }
        } catch (NoSuchFileException e) {
            throw new StoreException(Code.MISSING, path, e);
        } catch (IOException e) {
            throw new StoreException(Code.UNREADABLE, path, e);
        }
    }

    /** Puts the record in its place, whole or not at all, and gives the path (chapter Writing safely). */
    public RawPath write(CheckpointRecord record) throws RckpException {
        byte[] data = Encoder.encode(record);
        Scope scope = new Scope(base, record);
        scope.make();
        boolean first = !flushedScopes.contains(scope.directory);
        new SafeWriter(scope, record, durability).write(data, first);
        flushedScopes.add(scope.directory);  // not reached when a flush failed
        return scope.file;
    }

    /** False when there was nothing to remove (STORE-12). */
    public boolean delete(RawPath path) throws StoreException {
        return Deletion.delete(base, path, durability);
    }

    /** How many of those that were created before this time were removed (STORE-15). */
    public long purge(BigInteger beforeMillis) throws StoreException {
        return new Purge(base, beforeMillis).run();
    }

    /** STORE-19 */
    public long purgeByAge(BigInteger ageMillis) throws StoreException {
        BigInteger now = BigInteger.valueOf(System.currentTimeMillis());
        return purge(now.subtract(ageMillis).max(BigInteger.ZERO));
    }
}
