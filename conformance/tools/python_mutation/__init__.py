"""Mutation testing of the Python code: small errors in a copy of `src`, which a test must find."""
