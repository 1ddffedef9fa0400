"""Stores: saving, listing, selecting, deleting and purging checkpoints, and the life of a run.

`CheckpointStore` is the public class. `saving` and `atomic_write` write one file, `listing` finds
and reads files, `selection` orders and chooses checkpoints, `deletion` and `purging` remove files,
and `run` implements the life of a run.
"""
