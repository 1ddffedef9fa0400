package rckp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** Turns a record into the bytes of a file (chapter Encoding). */
public final class Encoder {
    private Encoder() {}

    public static byte[] encode(CheckpointRecord record) throws EncodeError {
        Map<Field, Object> values = record.values();
        for (Field field : Field.OF_RECORD) {  // before any byte is produced (ENC-7)
            if (values.get(field) instanceof String text) checkText(field, text);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Field field : Field.values()) {
            Object value = values.get(field);
            switch (field.type) {
                case MAGIC: out.writeBytes(FieldReader.MAGIC); break;
                case U64: out.writeBytes(littleEndian(8).putLong((Long) value).array()); break;
                case STRING: putString(out, (String) value); break;
                case OPTION_STRING:
                    out.write(value == null ? 0 : 1);
                    if (value != null) putString(out, (String) value);
                    break;
                case STATUS: out.write(((Status) value).ordinal()); break;
                case END: break;
                default: throw new AssertionError(field);
            }
        }
        return out.toByteArray();
    }

    /** ENC-5 and ENC-6; types and ranges are ruled out by CheckpointRecord. */
    static void checkText(Field field, String text) throws EncodeError {
        long length = Utf8.length(text);
        if (length < 0) throw new EncodeError(Code.LONE_SURROGATE, field.toString());
        if (length >= 1L << 32) throw new EncodeError(Code.STRING_TOO_LONG, field.toString());
    }

    private static void putString(ByteArrayOutputStream out, String text) throws EncodeError {
        byte[] content = Utf8.encode(text);
        out.writeBytes(littleEndian(4).putInt(content.length).array());
        out.writeBytes(content);
    }

    private static ByteBuffer littleEndian(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
