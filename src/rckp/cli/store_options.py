"""What the commands that work on a store share: its base directory, and its errors."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from rckp.cli import EXIT_ERROR
from rckp.cli.file_errors import FileError, not_empty
from rckp.display import escape, path_members, pluralise
from rckp.errors import PathError, RckpError
from rckp.format.paths import default_base_dir
from rckp.store.checkpoint_store import CheckpointStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from rckp.errors import DecodeError
    from rckp.files.container import ObjectPath

Skipped = list[tuple["Path | ObjectPath", RckpError]]


def open_store(base: str | None) -> CheckpointStore:
    """The store on a base directory, or on the default one. Raises `UsageError` for ""."""
    if base is not None:
        not_empty(base, "BASE")
    return CheckpointStore(default_base_dir(explicit=base))


class StoreCommandError(FileError):
    """An error of a store or a selection, which names its path itself. Exit status 2."""

    def __init__(self, error: PathError) -> None:
        click.ClickException.__init__(self, str(error))
        self.status = EXIT_ERROR
        self.hint = error.action


def as_json(path: Path | ObjectPath, error: RckpError | DecodeError) -> Mapping[str, str]:
    """A file that was left out, or not removed."""
    return {**path_members(path), "code": error.code, "message": str(error)}


def describe_skipped(base: Path | ObjectPath, skipped: Skipped) -> str:
    """How many files a listing left out, why, and the command that says more."""
    codes = Counter(error.code for _, error in skipped)
    ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    reasons = ", ".join(f"{number} {code}" for code, number in ranked)
    what = "what it is" if len(skipped) == 1 else "what they are"
    return (
        f"{pluralise(len(skipped), 'file')} left out ({reasons}): "
        f"`rckp validate {escape(str(base))}` says {what}"
    )
