"""What goes wrong in a store or a selection, as exceptions."""

from __future__ import annotations

from rckp.errors import PathError


class StoreError(PathError):
    """A store could not do what it was asked to do; what it was told to keep is still there.

    `path` is the file or directory, `code` one of `missing`, `not-a-directory`, `not-a-file`,
    `unreadable`, `changed-while-read`, `name-too-long`, `locked`, `not-written`, `not-removed`,
    `outside-base`, or that of one of the classes below. The error of the operating system, if
    there was one, is `__cause__`.
    """


class RunIdCollision(StoreError):  # noqa: N818 - it is the name of what happened
    """The file belongs to another run; nothing was written: `run-id-collision` [SAFE-8].

    `details` holds `run_id`, the one that was to be written, and `other`, the one there.
    """


class DurabilityUncertain(StoreError):  # noqa: N818 - it is the name of what happened
    """The file was written or removed, but it is not certain that this lasts [SAFE-13].

    The code is `durability-uncertain`.
    """


class PurgeIncomplete(StoreError):  # noqa: N818 - it is the name of what happened
    """A purge could not deal with some files or directories; the rest is done [STORE-18].

    The code is `purge-incomplete`, `removed` the number of files that were removed, `failures`
    a list of `StoreError` for what was not done.
    """

    def __init__(self, path: str, removed: int, failures: list[StoreError]) -> None:
        details = {"removed": removed, "failed": len(failures), "first": failures[0]}
        super().__init__("purge-incomplete", path, details)
        self.args: tuple[object, ...] = (path, removed, failures)
        self.removed = removed
        self.failures = failures


class SelectionError(PathError):
    """No checkpoint could be selected, which is not the same as that there is none.

    `path` is the base directory or the file, `code` one of `choice-needed`, `invalid-index`,
    `index-out-of-range`, `not-offered`, `listing-failed`, `no-such-run`, `payload-refused`.
    """


def unreadable(path: str, error: OSError) -> StoreError:
    """The error of the operating system, which becomes its cause, as one of the vocabulary."""
    if isinstance(error, FileNotFoundError):
        told = StoreError("missing", path)
    else:
        told = StoreError("unreadable", path, {"reason": error.strerror or str(error)})
    told.__cause__ = error
    return told
