package rckp;

/** Why a file is not valid: a code, a field and an offset (DEC-10). */
public final class DecodeFault extends RckpException {
    private static final long serialVersionUID = 1;
    private final Field field;
    private final long offset;
    private final long wanted;
    private final long available;

    DecodeFault(Code code, Field field, long offset) {
        this(code, field, offset, -1, -1);
    }

    private DecodeFault(Code code, Field field, long offset, long wanted, long available) {
        super(code, field + " at offset " + offset, null);
        this.field = field;
        this.offset = offset;
        this.wanted = wanted;
        this.available = available;
    }

    static DecodeFault truncated(Field field, long offset, long wanted, long available) {
        return new DecodeFault(Code.TRUNCATED, field, offset, wanted, available);
    }

    public Field field() {
        return field;
    }

    public long offset() {
        return offset;
    }

    /** How many bytes the part needs; -1 unless truncated. */
    public long wanted() {
        return wanted;
    }

    /** How many bytes of the part are there; -1 unless truncated. */
    public long available() {
        return available;
    }
}
