package rckp;

/** Where a checkpoint lies, by what it holds (chapter Paths and names). */
public final class Names {
    private Names() {}

    /** PATH-1: one "_" for each scalar value that is not allowed, none at the ends. */
    public static String sanitise(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> out.append(allowed(c) ? (char) c : '_'));
        int start = 0;
        int end = out.length();
        while (start < end && out.charAt(start) == '_') start++;
        while (end > start && out.charAt(end - 1) == '_') end--;
        return start == end ? "unnamed" : out.substring(start, end);
    }

    private static boolean allowed(int c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
                || c == '-' || c == '_';
    }

    /** PATH-2, PATH-3: the hashes are those that the record stores. */
    public static String algorithmDirectory(String name, long signatureHash) {
        return "alg-" + sanitise(name) + "-" + hex16(signatureHash);
    }

    public static String problemDirectory(String description, long signatureHash) {
        return "prob-" + sanitise(description) + "-" + hex16(signatureHash);
    }

    /** PATH-4 */
    public static String fileName(String runId) {
        return "run-" + sanitise(runId) + ".ckpt";
    }

    private static String hex16(long value) {
        return String.format("%016x", value);
    }
}
