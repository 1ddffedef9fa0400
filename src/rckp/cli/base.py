"""What the commands that work on a store share: its base directory, and its errors."""

from __future__ import annotations

import click

from rckp.cli import TROUBLE
from rckp.cli.source import Refused, not_empty
from rckp.display import path_members
from rckp.errors import PathError, RckpError
from rckp.paths import default_base_dir
from rckp.store.checkpoint_store import CheckpointStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rckp.errors import DecodeError


def open_store(base: str | None) -> CheckpointStore:
    """The store on a base directory, or on the default one. Raises `UsageError` for ""."""
    if base is not None:
        not_empty(base, "BASE")
    return CheckpointStore(default_base_dir(explicit=base))


class StoreRefused(Refused):
    """An error of a store or a selection, which names its path itself. Exit status 2."""

    def __init__(self, error: PathError) -> None:
        click.ClickException.__init__(self, str(error))
        self.status = TROUBLE
        self.hint: str = error.action


def as_json(path: Path, error: RckpError | DecodeError) -> Mapping[str, str]:
    """A file that was left out, or not removed."""
    return {**path_members(path), "code": error.code, "message": str(error)}
