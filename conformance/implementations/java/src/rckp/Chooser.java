package rckp;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/** Chooses one of several checkpoints, or none for a new run (SEL-6). */
@FunctionalInterface
public interface Chooser {
    Optional<Candidate> choose(List<Candidate> candidates) throws RckpException;

    /** Neither a rule nor a terminal (SEL-7). */
    static Chooser nobody() {
        return candidates -> {
            throw new StoreException(Code.CHOICE_NEEDED, candidates.get(0).path(), null);
        };
    }

    /** A person's answer: a line of input, or null at its end (SEL-10). */
    static Chooser answer(String line) {
        return candidates -> {
            RawPath shown = candidates.get(0).path();
            BigInteger n = line == null ? null
                    : RunId.unsigned(WhiteSpace.strip(line), BigInteger.ONE.shiftLeft(64)).orElse(null);
            if (n == null) throw new StoreException(Code.INVALID_INDEX, shown, null);
            if (n.signum() == 0) return Optional.empty();
            if (n.compareTo(BigInteger.valueOf(candidates.size())) > 0) {
                throw new StoreException(Code.INDEX_OUT_OF_RANGE, shown, null);
            }
            return Optional.of(candidates.get(n.intValue() - 1));
        };
    }
}
