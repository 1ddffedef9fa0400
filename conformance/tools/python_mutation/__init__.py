"""Mutation testing of the Python code: small faults in a copy of `src`, which a test must find."""
