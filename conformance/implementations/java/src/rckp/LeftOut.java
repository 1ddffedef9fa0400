package rckp;

/** A file or directory that was passed over, and why (STORE-8). */
public record LeftOut(RawPath path, Exception reason) {}
