"""The checkpoints that a run can be resumed from, which a listing finds and sorts."""

from __future__ import annotations

from pathlib import Path

from rckp.store import listing, selection
from rckp.store.selection import CheckpointEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rckp.errors import DecodeError, StoreError
    from rckp.format.identity import Identity
    from rckp.format.record import CheckpointRecord

# As a call of the class, in half of the time.
_new: Callable[[type[CheckpointEntry], tuple[Path, CheckpointRecord]], CheckpointEntry] = (
    tuple.__new__
)


def resumable_entries(
    base_dir: str,
    identity: Identity | None,
    report: Callable[[str, DecodeError | StoreError], None],
) -> list[CheckpointEntry]:
    """Return the resumable checkpoints of an identity, or of every identity, oldest first [SEL-4].

    `report(path, error)` is called with each file and directory that cannot be read. Raise
    `StoreError` for the base, and as `Identity.signature_hashes` does.
    """
    wanted = None
    if identity is not None:
        algorithm, problem = identity.signature_hashes
        wanted = listing.IdentityFilter(
            (selection.COMPARED_TEXT, identity.algorithm_name),
            dict(zip(selection.COMPARED_HASHES, (algorithm, problem), strict=True)),
        )
    found: list[CheckpointEntry] = []
    with listing.open_base(base_dir) as base:
        for directory, names in listing.walk_in_groups(base, report, ordered=False):
            matches = [
                match
                for match in listing.read_group(directory, names, wanted, report)
                if match[1].status in selection.RESUMABLE
            ]
            if matches:  # most directories have none
                join = _joining(Path(directory.path))
                found += [_new(CheckpointEntry, (join(name), record)) for name, record in matches]
    return selection.in_order(found)


def _joining(directory: Path) -> Callable[[str], Path]:
    """Return what gives the path of an entry. CPython 3.11 and 3.12 have a method for `iterdir`."""
    method: Callable[[str], Path] = getattr(directory, "_make_child_relpath", directory.joinpath)
    return method
