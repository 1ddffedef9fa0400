"""`python -m conformance.tools.power_cut.wrong VARIANT`: an adapter with a wrong protocol.

The adapter of the Python reference, with one of the protocols of
conformance/tests/crash/protocols.py: a control, of which the power cuts must lose something.
"""

from __future__ import annotations

import sys
from typing import Any

import rckp
from conformance.tests.crash.protocols import VARIANTS
from rckp.conformance import reference


def main(arguments: list[str]) -> None:
    """Respond to requests, and change each store when it is made."""
    (variant,) = arguments
    change, make = VARIANTS[variant], rckp.CheckpointStore.__init__

    def make_and_change(store: rckp.CheckpointStore, *given: Any, **named: Any) -> None:
        make(store, *given, **named)
        change(store)

    setattr(rckp.CheckpointStore, "__init__", make_and_change)  # noqa: B010 - mypy forbids it
    reference.main()


if __name__ == "__main__":
    main(sys.argv[1:])
