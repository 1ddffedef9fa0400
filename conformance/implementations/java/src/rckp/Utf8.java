package rckp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Well-formed UTF-8 (TYPE-5), stricter than what String does by itself. */
final class Utf8 {
    private Utf8() {}

    /** The length of the longest well-formed prefix (Unicode Standard, table 3-7). */
    static int validUpTo(byte[] bytes) {
        int i = 0;
        while (i < bytes.length) {
            int first = bytes[i] & 0xFF;
            int more;
            int low = 0x80;
            int high = 0xBF;
            if (first <= 0x7F) {
                more = 0;
            } else if (first >= 0xC2 && first <= 0xDF) {
                more = 1;
            } else if (first >= 0xE0 && first <= 0xEF) {
                more = 2;
                if (first == 0xE0) low = 0xA0;   // no overlong forms
                if (first == 0xED) high = 0x9F;  // no surrogates
            } else if (first >= 0xF0 && first <= 0xF4) {
                more = 3;
                if (first == 0xF0) low = 0x90;   // no overlong forms
                if (first == 0xF4) high = 0x8F;  // nothing above U+10FFFF
            } else {
                return i;
            }
            for (int k = 1; k <= more; k++) {
                if (i + k >= bytes.length) return i;
                int next = bytes[i + k] & 0xFF;
                if (next < low || next > high) return i;
                low = 0x80;  // only the second byte is special
                high = 0xBF;
            }
            i += more + 1;
        }
        return i;
    }

    /** How many bytes the encoding of a text has; -1 if a surrogate is unpaired. */
    static long length(String text) {
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                length += 1;
            } else if (c < 0x800) {
                length += 2;
            } else if (!Character.isSurrogate(c)) {
                length += 3;
            } else if (Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                length += 4;
                i++;
            } else {
                return -1;
            }
        }
        return length;
    }

    /** The encoding of a text; refuses one that is no string (IDENT-3, ENC-5). */
    static byte[] encode(String text) throws EncodeError {
        try {
            // A new encoder reports an unpaired surrogate; String.getBytes would replace it.
            ByteBuffer out = StandardCharsets.UTF_8.newEncoder().encode(java.nio.CharBuffer.wrap(text));
            byte[] bytes = new byte[out.remaining()];
            out.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new EncodeError(Code.LONE_SURROGATE, null);
        }
    }
}
