package rckp;

/** The Unicode property White_Space, which is neither String.strip's nor String.trim's (SEL-10). */
final class WhiteSpace {
    private WhiteSpace() {}

    static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isWhiteSpace(text.charAt(start))) start++;
        while (end > start && isWhiteSpace(text.charAt(end - 1))) end--;
        return text.substring(start, end);
    }

    /** None of them is above U+FFFF, so that a char will do. */
    private static boolean isWhiteSpace(char c) {
        return c >= 0x09 && c <= 0x0D || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680
                || c >= 0x2000 && c <= 0x200A || c == 0x2028 || c == 0x2029 || c == 0x202F
                || c == 0x205F || c == 0x3000;
    }
}
