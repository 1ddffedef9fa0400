package rckp;

import java.math.BigInteger;
import java.util.EnumMap;
import java.util.Map;

/**
 * Makes a record of values whose types nobody has checked, such as those of a JSON object:
 * BigInteger, Long, Integer, Short or Byte for a u64, String, Status, null for absent.
 */
public final class LooseRecord {
    private static final BigInteger U64_END = BigInteger.ONE.shiftLeft(64);

    private LooseRecord() {}

    /** The first error in the order of ENC-8. */
    public static CheckpointRecord check(Map<String, ?> loose) throws EncodeError {
        for (Field field : Field.OF_RECORD) {
            if (!loose.containsKey(field.toString())) throw wrongType(field.toString());
        }
        if (loose.size() > Field.OF_RECORD.size()) throw wrongType(unknownName(loose));
        Map<Field, Object> values = new EnumMap<>(Field.class);
        for (Field field : Field.OF_RECORD) values.put(field, value(field, loose.get(field.toString())));
        return CheckpointRecord.of(values);
    }

    private static String unknownName(Map<String, ?> loose) {
        for (String name : loose.keySet()) {
            if (Field.OF_RECORD.stream().noneMatch(field -> field.toString().equals(name))) return name;
        }
        throw new AssertionError();
    }

    private static Object value(Field field, Object value) throws EncodeError {
        switch (field.type) {
            case U64:
                return u64(field, value);
            case STATUS:
                if (value instanceof Status) return value;
                throw wrongType(field.toString());
            default:
                if (value == null && field.type == Field.Type.OPTION_STRING) return null;
                if (!(value instanceof String text)) throw wrongType(field.toString());
                Encoder.checkText(field, text);
                return text;
        }
    }

    private static Long u64(Field field, Object value) throws EncodeError {
        BigInteger integer;
        if (value instanceof BigInteger big) {
            integer = big;
        } else if (value instanceof Long || value instanceof Integer
                || value instanceof Short || value instanceof Byte) {
            integer = BigInteger.valueOf(((Number) value).longValue());
        } else {
            throw wrongType(field.toString());
        }
        if (integer.signum() < 0 || integer.compareTo(U64_END) >= 0) {
            throw new EncodeError(Code.INTEGER_OUT_OF_RANGE, field.toString());
        }
        return integer.longValue();  // the 64 bits
    }

    private static EncodeError wrongType(String field) {
        return new EncodeError(Code.WRONG_TYPE, field);
    }
}
