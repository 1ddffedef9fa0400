"""Generators of files from the grammar, the error codes and the chapters."""
