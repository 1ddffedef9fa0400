package rckp;

/** The codes of errors.json that this library can give. */
public enum Code {
    // faults of a file (DEC-2 to DEC-7)
    TRUNCATED, BAD_MAGIC, INVALID_UTF8, INVALID_OPTION_FLAG, INVALID_STATUS, TRAILING_BYTES,
    // values without an encoding (ENC-3 to ENC-6)
    INTEGER_OUT_OF_RANGE, WRONG_TYPE, LONE_SURROGATE, STRING_TOO_LONG,
    // the store
    MISSING, UNREADABLE, NOT_A_FILE, NOT_A_DIRECTORY, NAME_TOO_LONG, RUN_ID_COLLISION,
    NOT_WRITTEN, DURABILITY_UNCERTAIN, NOT_REMOVED, OUTSIDE_BASE, PURGE_INCOMPLETE,
    // selection
    CHOICE_NEEDED, INVALID_INDEX, INDEX_OUT_OF_RANGE, NOT_OFFERED, LISTING_FAILED, NO_SUCH_RUN,
    /** A limit of this implementation, none of the format's (LIM-4); not in errors.json. */
    TOO_LARGE;

    /** As errors.json spells it. */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
