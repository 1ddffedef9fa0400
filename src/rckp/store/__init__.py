"""Checkpoints in directories: found, written, deleted, purged, selected and resumed.

`CheckpointStore` is what a program uses. Below it, `directory` holds directories open,
`durable` writes one file so that none is lost, `listing` finds and reads, `selection`
says what can be resumed and in which order, and `run` is the life of a run.
"""
