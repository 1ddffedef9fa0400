"""The conformance suite: its cases, and what runs them."""
