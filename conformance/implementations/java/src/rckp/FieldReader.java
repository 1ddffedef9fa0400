package rckp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one field after another from a stream, part by part (DEC-1). Whoever needs the first
 * fields only need not read the rest (STORE-22). It makes no difference how the stream cuts
 * the bytes (DEC-11), since each part is awaited whole before it is judged.
 */
final class FieldReader {
    static final byte[] MAGIC = {0x52, 0x43, 0x4B, 0x50};
    /** The longest content that a Java array can hold; a limit of ours (LIM-4). */
    private static final int LONGEST = Integer.MAX_VALUE - 8;

    private final InputStream in;
    private long pos;

    FieldReader(InputStream in) {
        this.in = in;
    }

    /** The value of the next field, which has to be this one; null for magic, end and absent. */
    Object read(Field field) throws RckpException, IOException {
        switch (field.type) {
            case MAGIC: return magic(field);
            case U64: return u64(field);
            case STRING: return string(field);
            case OPTION_STRING: return option(field);
            case STATUS: return status(field);
            case END: return end(field);
            default: throw new AssertionError(field);
        }
    }

    private Object magic(Field field) throws RckpException, IOException {
        if (!Arrays.equals(take(field, 4), MAGIC)) throw new DecodeFault(Code.BAD_MAGIC, field, 0);
        return null;
    }

    private Long u64(Field field) throws RckpException, IOException {
        return ByteBuffer.wrap(take(field, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private String string(Field field) throws RckpException, IOException {
        int bits = ByteBuffer.wrap(take(field, 4)).order(ByteOrder.LITTLE_ENDIAN).getInt();
        long start = pos;
        byte[] content = take(field, Integer.toUnsignedLong(bits));
        int valid = Utf8.validUpTo(content);
        if (valid < content.length) throw new DecodeFault(Code.INVALID_UTF8, field, start + valid);
        return new String(content, StandardCharsets.UTF_8);
    }

    private String option(Field field) throws RckpException, IOException {
        long at = pos;
        switch (take(field, 1)[0]) {
            case 0: return null;
            case 1: return string(field);
            default: throw new DecodeFault(Code.INVALID_OPTION_FLAG, field, at);
        }
    }

    private Status status(Field field) throws RckpException, IOException {
        long at = pos;
        int value = take(field, 1)[0] & 0xFF;
        if (value >= Status.values().length) throw new DecodeFault(Code.INVALID_STATUS, field, at);
        return Status.values()[value];
    }

    private Object end(Field field) throws RckpException, IOException {
        if (in.read() >= 0) throw new DecodeFault(Code.TRAILING_BYTES, field, pos);
        return null;
    }

    /** The next part. readNBytes allocates as bytes arrive, whatever was declared (LIM-1). */
    private byte[] take(Field field, long wanted) throws RckpException, IOException {
        if (wanted > LONGEST) throw tooLong(field, wanted);
        byte[] bytes = in.readNBytes((int) wanted);
        if (bytes.length < wanted) throw DecodeFault.truncated(field, pos, wanted, bytes.length);
        pos += wanted;
        return bytes;
    }

    /** A part that no array holds: truncated if the bytes are not there, else above our limit. */
    private RckpException tooLong(Field field, long wanted) throws IOException {
        byte[] dropped = new byte[8192];
        long available = 0;
        while (available < wanted) {
            int n = in.read(dropped, 0, (int) Math.min(dropped.length, wanted - available));
            if (n < 0) return DecodeFault.truncated(field, pos, wanted, available);
            available += n;
        }
        return new RckpException(Code.TOO_LARGE, field + " has " + wanted + " bytes", null);
    }
}
