"""The conformance suite: its cases, and what runs them."""

SUITE_VERSION = "1.0.0"
SPECIFICATION = "1.0"
