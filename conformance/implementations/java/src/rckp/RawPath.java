package rckp;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A path as the system has it: a sequence of bytes (STORE-1). java.nio.file.Path keeps bytes,
 * too, but shows them as a text, which loses those that are not of the locale. Its URI does not.
 */
public final class RawPath {
    private final byte[] bytes;

    private RawPath(byte[] bytes) {
        this.bytes = bytes;
    }

    public static RawPath of(byte[] bytes) {
        return new RawPath(bytes.clone());
    }

    /** An absolute path. */
    static RawPath of(Path absolute) {
        String text = absolute.toString();
        if (isAscii(text)) return new RawPath(text.getBytes(StandardCharsets.US_ASCII));
        byte[] unescaped = unescape(absolute.toUri().getRawPath());
        boolean slashed = unescaped.length > 1 && unescaped[unescaped.length - 1] == '/';
        return new RawPath(Arrays.copyOf(unescaped, unescaped.length - (slashed ? 1 : 0)));
    }

    /** The bytes of the last component. */
    static byte[] nameOf(Path absolute) {
        byte[] whole = of(absolute).bytes;
        int start = whole.length;
        while (start > 0 && whole[start - 1] != '/') start--;
        return Arrays.copyOfRange(whole, start, whole.length);
    }

    public byte[] bytes() {
        return bytes.clone();
    }

    /** Relative paths are taken below the working directory. */
    Path toPath() {
        return toPath(bytes);
    }

    /** Keeps a separator at the end, which only a directory may have. */
    Path toPathAsGiven() {
        return bytes.length > 0 && bytes[bytes.length - 1] == '/' ? child(".").toPath() : toPath();
    }

    RawPath child(String name) {
        return child(name.getBytes(StandardCharsets.UTF_8));
    }

    RawPath child(byte[] name) {
        boolean slashed = bytes.length > 0 && bytes[bytes.length - 1] == '/';
        byte[] joined = Arrays.copyOf(bytes, bytes.length + (slashed ? 0 : 1) + name.length);
        if (!slashed) joined[bytes.length] = '/';
        java.lang.System.arraycopy(name, 0, joined, joined.length - name.length, name.length);
        return new RawPath(joined);
    }

    /** The components of the absolute path; empty ones and "." do not count (STORE-13). */
    List<byte[]> components() {
        byte[] absolute = isAbsolute(bytes) ? bytes : workingDirectory().child(bytes).bytes;
        List<byte[]> components = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= absolute.length; i++) {
            if (i < absolute.length && absolute[i] != '/') continue;
            boolean dot = i - start == 1 && absolute[start] == '.';
            if (i > start && !dot) components.add(Arrays.copyOfRange(absolute, start, i));
            start = i + 1;
        }
        return components;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawPath path && Arrays.equals(bytes, path.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** For people; not exact where the bytes are not UTF-8. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static boolean isAbsolute(byte[] path) {
        return path.length > 0 && path[0] == '/';
    }

    private static RawPath workingDirectory() {
        return of(Path.of("").toAbsolutePath());
    }

    private static Path toPath(byte[] path) {
        if (!isAbsolute(path)) return workingDirectory().child(path).toPath();
        StringBuilder uri = new StringBuilder("file://");
        for (byte b : path) {
            boolean plain = b == '/' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z';
            if (plain) uri.append((char) b);
            else uri.append(String.format("%%%02X", b & 0xFF));
        }
        return Path.of(URI.create(uri.toString()));
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    private static byte[] unescape(String uriPath) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < uriPath.length(); i++) {
            char c = uriPath.charAt(i);
            if (c == '%') {
                out.write(Integer.parseInt(uriPath.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                out.write(c);
            }
        }
        return out.toByteArray();
    }
}
