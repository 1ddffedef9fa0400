package adapter;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import rckp.BaseDir;
import rckp.CheckpointRecord;
import rckp.EncodeError;
import rckp.Field;
import rckp.Identity;
import rckp.LooseRecord;
import rckp.RawPath;
import rckp.Status;

/** What the members of a question stand for, and those of an answer. */
final class Questions {
    private static final HexFormat HEX = HexFormat.of();

    private Questions() {}

    static byte[] bytes(Object hex) {
        return hex == null ? null : HEX.parseHex((String) hex);
    }

    static RawPath path(Object hex) {
        return RawPath.of(bytes(hex));
    }

    static String hex(byte[] bytes) {
        return HEX.formatHex(bytes);
    }

    static BigInteger integer(Object value) {
        return new BigInteger((String) value);
    }

    static Identity identity(Map<String, Object> question) {
        return new Identity(text(question, Field.ALGORITHM_NAME), text(question, Field.ALGORITHM_PARAMETERS),
                text(question, Field.PROBLEM_DESCRIPTION), text(question, Field.PROBLEM_PARAMETERS));
    }

    private static String text(Map<String, Object> question, Field field) {
        Object value = question.get(field.toString());
        return value instanceof Map<?, ?> typed ? utf16((String) typed.get("utf16")) : (String) value;
    }

    static BaseDir.System system(Object name) {
        return BaseDir.System.valueOf(((String) name).toUpperCase(Locale.ROOT));
    }

    static Map<String, String> environment(Object object) {
        Map<String, String> environment = new HashMap<>();
        ((Map<?, ?>) object).forEach((name, value) -> environment.put((String) name, (String) value));
        return environment;
    }

    /** A record whose values may be wrong. */
    static CheckpointRecord record(Object object) throws EncodeError {
        Map<String, Object> loose = new LinkedHashMap<>();
        ((Map<?, ?>) object).forEach((name, value) -> loose.put((String) name, loose((String) name, value)));
        return LooseRecord.check(loose);
    }

    private static Object loose(String field, Object value) {
        if (value instanceof Map<?, ?> typed) {
            Map.Entry<?, ?> only = typed.entrySet().iterator().next();
            String content = (String) only.getValue();
            switch ((String) only.getKey()) {
                case "boolean": return Boolean.valueOf(content);
                case "float": return Double.valueOf(content);
                case "integer": return integer(content);
                case "bytes": return bytes(content);
                case "utf16": return utf16(content);
                default: return content;
            }
        }
        if (value == null) return null;
        switch (field) {
            case "created_at_ms", "random_seed", "algorithm_signature_hash",
                    "problem_signature_hash", "elapsed_millis":
                return integer(value);
            case "status":
                return Status.valueOf(((String) value).toUpperCase(Locale.ROOT));
            default:
                return value;
        }
    }

    private static String utf16(String hex) {
        StringBuilder out = new StringBuilder();  // a charset would replace what is unpaired
        for (int i = 0; i < hex.length(); i += 4) out.append((char) Integer.parseInt(hex, i, i + 4, 16));
        return out.toString();
    }

    static Map<String, Object> json(CheckpointRecord record) {
        Map<String, Object> json = new LinkedHashMap<>();
        record.values().forEach((field, value) -> json.put(field.toString(), json(value)));
        return json;
    }

    private static Object json(Object value) {
        if (value instanceof Long u64) return Long.toUnsignedString(u64);
        return value == null ? null : value.toString();
    }
}
