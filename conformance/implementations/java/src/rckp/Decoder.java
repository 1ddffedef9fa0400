package rckp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;

/** Turns a file into a record or into exactly one fault (chapter Decoding). */
public final class Decoder {
    private Decoder() {}

    public static CheckpointRecord decode(byte[] file) throws RckpException {
        try {
            return decode(new ByteArrayInputStream(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);  // an array has none
        }
    }

    /** Reads the stream to its end; other exceptions than a fault say that it cannot be read. */
    public static CheckpointRecord decode(InputStream file) throws RckpException, IOException {
        FieldReader reader = new FieldReader(file);
        Map<Field, Object> values = new EnumMap<>(Field.class);
        for (Field field : Field.values()) values.put(field, reader.read(field));
        return CheckpointRecord.of(values);
    }
}
