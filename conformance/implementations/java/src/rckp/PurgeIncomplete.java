package rckp;

import java.util.List;

/** Some files were purged, something else could not be (STORE-18). */
public final class PurgeIncomplete extends StoreException {
    private static final long serialVersionUID = 1;
    private final long removed;
    private final transient List<LeftOut> failures;

    PurgeIncomplete(RawPath base, long removed, List<LeftOut> failures) {
        super(Code.PURGE_INCOMPLETE, base, failures.get(0).reason());
        this.removed = removed;
        this.failures = List.copyOf(failures);
    }

    public long removed() {
        return removed;
    }

    public List<LeftOut> failures() {
        return failures;
    }
}
