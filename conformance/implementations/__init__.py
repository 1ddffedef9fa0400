"""Programs that plug implementations into the conformance suite, one folder for each."""
