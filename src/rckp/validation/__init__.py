"""Judging files: errors, warnings, foreign files, batches."""
