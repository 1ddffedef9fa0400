package rckp;

/** Why a record cannot be encoded, or a text not be hashed; the field where there is one. */
public final class EncodeError extends RckpException {
    private static final long serialVersionUID = 1;
    private final String field;

    EncodeError(Code code, String field) {
        super(code, field == null ? "a text" : field, null);
        this.field = field;
    }

    /** The name of the field, which may be one that no record has; null outside of records. */
    public String field() {
        return field;
    }
}
