package rckp;

/** How long what was written lasts (SAFE-15). */
public enum Durability {
    /** Survives a power cut. */
    FULL,
    /** After a power cut there is an old or the new one, whole. */
    FILE,
    /** Survives a kill of the process only. */
    NONE
}
