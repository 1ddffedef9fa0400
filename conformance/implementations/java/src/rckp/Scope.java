package rckp;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Where a record belongs below a base, and the directories on the way there. */
final class Scope {
    /** The longest component of a path on most file systems; Java cannot ask for the real one. */
    private static final int LONGEST_NAME = 255;

    final RawPath base;
    final RawPath algorithm;
    final RawPath directory;
    final RawPath file;
    private final Set<Path> holdersOfMade = new LinkedHashSet<>();

    /** SAFE-2, SAFE-3: a name that is too long, one of the base too, is found before anything is made. */
    Scope(RawPath base, CheckpointRecord record) throws StoreException {
        String first = Names.algorithmDirectory(record.algorithmName(), record.algorithmSignatureHash());
        String second = Names.problemDirectory(record.problemDescription(), record.problemSignatureHash());
        String last = Names.fileName(record.runId());
        this.base = base;
        this.algorithm = base.child(first);
        this.directory = algorithm.child(second);
        this.file = directory.child(last);
        for (byte[] name : file.components()) {
            if (name.length > LONGEST_NAME) throw new StoreException(Code.NAME_TOO_LONG, file, null);
        }
    }

    /** Makes the base and the two directories where they are missing, and no links are followed below. */
    void make() throws StoreException {
        try {
            makeWithParents(base.toPath());
            makeOne(algorithm);
            makeOne(directory);
        } catch (IOException e) {
            throw new StoreException(Code.NOT_WRITTEN, directory, e);
        }
    }

    /**
     * What has to be flushed for a checkpoint in a new scope to last: the directories above it, up to
     * the one that holds the base, and further up where those were missing, too.
     */
    Set<Path> above() throws IOException {
        Set<Path> above = new LinkedHashSet<>(List.of(algorithm.toPath(), base.toPath()));
        Path holder = base.toPath().toRealPath().getParent();
        if (holder != null) above.add(holder);
        above.addAll(holdersOfMade);
        return above;
    }

    private void makeWithParents(Path path) throws IOException, StoreException {
        switch (kindFollowed(path)) {
            case DIRECTORY: return;
            case MISSING: break;
            default: throw new StoreException(Code.NOT_A_DIRECTORY, base, null);
        }
        // A link that leads nowhere is no directory (SAFE-3), and nothing is made at its end.
        if (Kind.ofName(path) == Kind.LINK) throw new StoreException(Code.NOT_A_DIRECTORY, base, null);
        Path parent = path.getParent();
        if (parent != null) makeWithParents(parent);
        create(path);
        if (Kind.of(path) != Kind.DIRECTORY) throw new StoreException(Code.NOT_A_DIRECTORY, base, null);
    }

    /** As Kind.of, but a link that leads in a circle leads nowhere, too. */
    private static Kind kindFollowed(Path path) throws IOException {
        try {
            return Kind.of(path);
        } catch (java.nio.file.AccessDeniedException e) {
            throw e;
        } catch (IOException e) {
            if (Kind.ofName(path) == Kind.LINK) return Kind.LINK;
            throw e;
        }
    }

    private void makeOne(RawPath path) throws IOException, StoreException {
        Path name = path.toPath();
        if (Kind.ofName(name) == Kind.MISSING) create(name);
        // A link in the place of a directory is none (SAFE-4).
        if (Kind.ofName(name) != Kind.DIRECTORY) throw new StoreException(Code.NOT_A_DIRECTORY, path, null);
    }

    private void create(Path path) throws IOException {
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException e) {
            return;  // by somebody else, meanwhile
        }
        holdersOfMade.add(path.getParent());
    }
}
