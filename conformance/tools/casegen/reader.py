"""The families of cases of the classes reader and writer that begin with bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.tools.casegen import invalid_files, lengths, precedence, valid_files
from conformance.tools.casegen.draft import Draft, valid
from conformance.tools.casegen.records import EXAMPLE, FULL


def drafts(root: Path) -> Iterator[Draft]:
    """Return all cases of this module, the bases first."""
    example = valid(
        "reader/example",
        EXAMPLE,
        "LAY-1 LAY-2 LAY-3 TYPE-1 TYPE-2 TYPE-4 TYPE-8 TYPE-10 DEC-1 DEC-2 DEC-3 DEC-8 ENC-1 ENC-2",
        "The worked example of the specification. To fail it means that the layout is wrong.",
        "smoke",
    )
    full = valid(
        "reader/full",
        FULL,
        "LAY-1 LAY-3 TYPE-8 TYPE-10 DEC-1 DEC-5 DEC-7 ENC-1 ENC-2",
        "Both options present and no string empty: the longest path through the layout.",
        "smoke",
    )
    yield from (example, full)
    yield from valid_files.integers()
    yield from valid_files.strings()
    yield from valid_files.states()
    yield from valid_files.meanings()
    yield from invalid_files.truncated(full)
    yield from invalid_files.magic(full)
    yield from invalid_files.utf8(full)
    yield from invalid_files.bytes_out_of_table(full)
    yield from invalid_files.trailing(full, example)
    yield from lengths.hostile(full, example)
    yield from lengths.hostile_of_medium_size(full)
    yield from precedence.precedence(full)
    yield from valid_files.later_layout(full)
    yield from valid_files.chunks()
    yield from lengths.cut_far_into_content()
    yield from valid_files.real(root)
