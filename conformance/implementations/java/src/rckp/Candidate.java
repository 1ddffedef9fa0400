package rckp;

/** A checkpoint that can be resumed. */
public record Candidate(RawPath path, CheckpointRecord record) {}
