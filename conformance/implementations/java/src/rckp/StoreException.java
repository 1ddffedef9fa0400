package rckp;

/** What a store, or a selection in it, could not do. */
public class StoreException extends RckpException {
    private static final long serialVersionUID = 1;
    private final transient RawPath path;

    StoreException(Code code, RawPath path, Throwable cause) {
        super(code, path + (cause == null ? "" : " (" + cause + ")"), cause);
        this.path = path;
    }

    public RawPath path() {
        return path;
    }
}
