"""Validation of files: errors, warnings, foreign files, batches."""
