package rckp;

/** Anything that this library refuses; the code says what. */
public class RckpException extends Exception {
    private static final long serialVersionUID = 1;
    private final Code code;

    public RckpException(Code code, String message, Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
