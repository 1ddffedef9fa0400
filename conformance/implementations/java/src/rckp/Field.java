package rckp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The record layout: every field, in the order of the file (LAY-1). */
public enum Field {
    MAGIC(Type.MAGIC),
    CREATED_AT_MS(Type.U64),
    RUN_ID(Type.STRING),
    RANDOM_SEED(Type.U64),
    ALGORITHM_NAME(Type.STRING),
    ALGORITHM_PARAMETERS(Type.STRING),
    PROBLEM_DESCRIPTION(Type.STRING),
    PROBLEM_PARAMETERS(Type.STRING),
    ALGORITHM_SIGNATURE_HASH(Type.U64),
    PROBLEM_SIGNATURE_HASH(Type.U64),
    STEP_STATE_PAYLOAD(Type.STRING),
    SEED_PAYLOAD(Type.OPTION_STRING),
    ELAPSED_MILLIS(Type.U64),
    STATUS(Type.STATUS),
    ERROR_MESSAGE(Type.OPTION_STRING),
    END(Type.END);

    enum Type { MAGIC, U64, STRING, OPTION_STRING, STATUS, END }

    /** The fourteen that hold a value; magic and end belong to the layout alone. */
    public static final List<Field> OF_RECORD = ofRecord();

    final Type type;

    Field(Type type) {
        this.type = type;
    }

    private static List<Field> ofRecord() {
        List<Field> fields = new ArrayList<>(List.of(values()));
        fields.remove(MAGIC);
        fields.remove(END);
        return List.copyOf(fields);
    }

    /** As the specification spells it: created_at_ms. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
