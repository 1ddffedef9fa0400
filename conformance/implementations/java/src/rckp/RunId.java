package rckp;

import java.math.BigInteger;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Making run ids, and reading the time from their end (chapter Run ids). */
public final class RunId {
    private static final AtomicLong SEQUENCE = new AtomicLong();  // RUN-2
    private static final int DIGITS_OF_2_128 = 39;
    private static final BigInteger U128_END = BigInteger.ONE.shiftLeft(128);

    private RunId() {}

    /** RUN-1, RUN-3 */
    public static String generate(String algorithmName) {
        return String.format("%s-%d-%020d-%d", algorithmName, ProcessHandle.current().pid(),
                SEQUENCE.getAndIncrement(), Math.max(0, System.currentTimeMillis()));
    }

    /** RUN-6: what follows the last "-", an unsigned integer of 128 bits. */
    public static Optional<BigInteger> timestamp(String runId) {
        int dash = runId.lastIndexOf('-');
        if (dash < 0) return Optional.empty();
        return unsigned(runId.substring(dash + 1), U128_END);
    }

    /** One "+" at most, then one or more ASCII digits, of a value below end (RUN-6, SEL-10). */
    static Optional<BigInteger> unsigned(String text, BigInteger end) {
        String digits = text.startsWith("+") ? text.substring(1) : text;
        if (digits.isEmpty()) return Optional.empty();
        int zeros = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') return Optional.empty();
            if (c == '0' && zeros == i) zeros++;
        }
        // Megabytes of digits are not worth an integer.
        if (digits.length() - zeros > DIGITS_OF_2_128) return Optional.empty();
        BigInteger value = new BigInteger("0" + digits.substring(zeros));
        return value.compareTo(end) < 0 ? Optional.of(value) : Optional.empty();
    }
}
