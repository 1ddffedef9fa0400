package rckp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the checkpoints that a run can resume from, and has one chosen (chapter Selection). */
public final class Selector {
    /** From the oldest to the newest (SEL-4); the last key is the order of the listing. */
    private static final Comparator<Candidate> AGE = Comparator
            .comparing((Candidate c) -> RunId.timestamp(c.record().runId()).orElse(BigInteger.ZERO))
            .thenComparing(c -> c.record().runId().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private final Store store;

    /** What can be resumed, oldest first, and what could not be read or decoded. */
    public record Found(List<Candidate> candidates, List<LeftOut> leftOut) {}

    public Selector(Store store) {
        this.store = store;
    }

    /** SEL-1 to SEL-4 */
    public Found resumable(Identity identity) throws RckpException {
        long algorithmHash = identity.algorithmSignatureHash();
        long problemHash = identity.problemSignatureHash();
        Map<Field, Object> wanted = new EnumMap<>(Field.class);
        wanted.put(Field.ALGORITHM_NAME, identity.algorithmName());
        wanted.put(Field.ALGORITHM_SIGNATURE_HASH, algorithmHash);
        wanted.put(Field.PROBLEM_SIGNATURE_HASH, problemHash);
        Listing listing = store.files();
        List<LeftOut> leftOut = new ArrayList<>(listing.leftOut());
        List<Candidate> candidates = new ArrayList<>();
        for (RawPath file : listing.files()) {
            try {
                CheckpointRecord record = readIfWanted(file, wanted);
                if (record != null) candidates.add(new Candidate(file, record));
            } catch (NoSuchFileException e) {
                // gone meanwhile
            } catch (IOException | RckpException e) {
                leftOut.add(new LeftOut(file, e));  // SEL-3, STORE-8
            }
        }
        candidates.sort(AGE);  // stable
        return new Found(candidates, leftOut);
    }

    /** None for a new run. The chooser is asked when there are several only (SEL-5, SEL-6). */
    public Optional<Candidate> select(Identity identity, Chooser chooser) throws RckpException {
        List<Candidate> candidates = candidates(identity);
        if (candidates.size() < 2) return candidates.stream().findFirst();
        Optional<Candidate> chosen = chooser.choose(List.copyOf(candidates));
        if (chosen.isPresent() && !candidates.contains(chosen.get())) {
            throw new StoreException(Code.NOT_OFFERED, store.base(), null);
        }
        return chosen;
    }

    /** The newest checkpoint of the run that a program names (SEL-11). */
    public Candidate selectRun(Identity identity, String runId) throws RckpException {
        return candidates(identity).stream()
                .filter(candidate -> candidate.record().runId().equals(runId))
                .reduce((older, newer) -> newer)
                .orElseThrow(() -> new StoreException(Code.NO_SUCH_RUN, store.base(), null));
    }

    /** SEL-8: what keeps a selector from saying that there is nothing. */
    private List<Candidate> candidates(Identity identity) throws RckpException {
        Found found;
        try {
            found = resumable(identity);
        } catch (StoreException e) {
            throw new StoreException(Code.LISTING_FAILED, store.base(), e);
        }
        if (!found.candidates().isEmpty()) return found.candidates();
        for (LeftOut one : found.leftOut()) {
            if (mattersToSelection(one.reason())) {
                throw new StoreException(Code.LISTING_FAILED, store.base(), one.reason());
            }
        }
        return List.of();
    }

    /** Null as soon as the file shows that it is another's, or completed (STORE-22). */
    private static CheckpointRecord readIfWanted(RawPath file, Map<Field, Object> wanted)
            throws IOException, RckpException {
        try (InputStream in = new BufferedInputStream(
                Files.newInputStream(file.toPath(), LinkOption.NOFOLLOW_LINKS))) {
            FieldReader reader = new FieldReader(in);
            Map<Field, Object> values = new EnumMap<>(Field.class);
            for (Field field : Field.values()) {
                Object value = reader.read(field);
                if (wanted.containsKey(field) && !wanted.get(field).equals(value)) return null;
                values.put(field, value);
            }
            CheckpointRecord record = CheckpointRecord.of(values);
            return record.status() == Status.COMPLETED ? null : record;
        }
    }

    /** SEL-8: not what does not decode, is gone, or is somebody else's. */
    private static boolean mattersToSelection(Exception reason) {
        if (!(reason instanceof IOException) || reason instanceof NoSuchFileException
                || reason instanceof AccessDeniedException) {
            return false;
        }
        return !(reason instanceof FileSystemException e
                && "Operation not permitted".equals(e.getReason()));
    }
}
