package rckp;

/** TYPE-10; the position of a constant is its byte. */
public enum Status {
    RUNNING, COMPLETED, FAILED, INTERRUPTED;

    /** As in JSON: "running". */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
