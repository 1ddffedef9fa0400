"""Programs for maintainers; run from the root as `python -m conformance.tools.NAME`."""
