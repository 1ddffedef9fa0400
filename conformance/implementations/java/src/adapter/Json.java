package adapter;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON: Map, List, String, BigDecimal, Boolean and null. */
final class Json {
    private final String text;
    private int pos;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.blanks();
        if (json.pos != text.length()) throw json.wrong();
        return value;
    }

    private Object value() {
        blanks();
        char c = peek();
        if (c == '{') return object();
        if (c == '[') return array();
        if (c == '"') return string();
        if (literal("null")) return null;
        if (literal("true")) return true;
        if (literal("false")) return false;
        int start = pos;
        while (pos < text.length() && "+-.0123456789eE".indexOf(text.charAt(pos)) >= 0) pos++;
        if (pos == start) throw wrong();
        return new BigDecimal(text.substring(start, pos));
    }

    private Map<String, Object> object() {
        Map<String, Object> members = new LinkedHashMap<>();
        expect('{');
        if (skip('}')) return members;
        do {
            blanks();
            String name = string();
            blanks();
            expect(':');
            members.put(name, value());
        } while (skip(','));
        expect('}');
        return members;
    }

    private List<Object> array() {
        List<Object> items = new ArrayList<>();
        expect('[');
        if (skip(']')) return items;
        do items.add(value()); while (skip(','));
        expect(']');
        return items;
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(pos++);
            out.append(c == '\\' ? escape() : c);
        }
        pos++;
        return out.toString();
    }

    private char escape() {
        char c = peek();
        pos++;
        switch (c) {
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u':
                pos += 4;
                return (char) Integer.parseInt(text.substring(pos - 4, pos), 16);
            default: return c;
        }
    }

    private boolean literal(String word) {
        if (!text.startsWith(word, pos)) return false;
        pos += word.length();
        return true;
    }

    /** Skips blanks, and the character if it comes next. */
    private boolean skip(char c) {
        blanks();
        if (peek() != c) return false;
        pos++;
        return true;
    }

    private void expect(char c) {
        if (peek() != c) throw wrong();
        pos++;
    }

    private void blanks() {
        while (pos < text.length() && " \t\r\n".indexOf(text.charAt(pos)) >= 0) pos++;
    }

    private char peek() {
        if (pos >= text.length()) throw wrong();
        return text.charAt(pos);
    }

    private IllegalArgumentException wrong() {
        return new IllegalArgumentException("no JSON at " + pos);
    }

    /** Of maps, lists, strings, booleans and null, in ASCII. */
    static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        String joint = "";
        if (value instanceof Map<?, ?> members) {
            out.append('{');
            for (Map.Entry<?, ?> member : members.entrySet()) {
                out.append(joint);
                write(member.getKey().toString(), out);
                out.append(':');
                write(member.getValue(), out);
                joint = ",";
            }
            out.append('}');
        } else if (value instanceof List<?> items) {
            out.append('[');
            for (Object item : items) {
                out.append(joint);
                write(item, out);
                joint = ",";
            }
            out.append(']');
        } else if (value instanceof String text) {
            out.append('"');
            for (char c : text.toCharArray()) {
                if (c < 0x20 || c > 0x7E || c == '"' || c == '\\') out.append(String.format("\\u%04x", (int) c));
                else out.append(c);
            }
            out.append('"');
        } else {
            out.append(value);
        }
    }
}
