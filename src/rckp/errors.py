"""All exceptions. Messages are made from the attributes."""

from __future__ import annotations

from typing import TypeVar

from rckp._codes import CODES
from rckp.display import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 300  # characters of a detail that a message shows


class RckpError(Exception):
    """The base class of all errors of RCKP.

    `code` is a code of spec/errors.json. Codes are stable; messages are not.
    """

    def __init__(self, code: str, *details: object) -> None:
        super().__init__(code, *details)
        self.code = code

    @property
    def requirement(self) -> str:
        """The id of the violated requirement, such as [DEC-2], or `""`."""
        return CODES[self.code].requirement

    @property
    def action(self) -> str:
        """One line on what to do next."""
        return CODES[self.code].action

    def __str__(self) -> str:
        text = CODES[self.code].message.format_map(vars(self))
        return f"{text} [{self.code}{', ' + self.requirement if self.requirement else ''}]"


class DecodeError(RckpError, ValueError):
    """The bytes are not an RCKP file ([DEC-1] to [DEC-7], [DEC-10]).

    `field` is the name of the field, or `"end"` after the last field. `offset` is the first
    invalid byte, from 0. With the code `truncated`, `wanted` is the number of bytes that the part
    needs, and `available` the number of remaining bytes. Otherwise both are None.
    """

    def __init__(
        self,
        code: str,
        field: str,
        offset: int,
        wanted: int | None = None,
        available: int | None = None,
    ) -> None:
        super().__init__(code, field, offset, wanted, available)
        self.field = field
        self.offset = offset
        self.wanted = wanted
        self.available = available

    def __str__(self) -> str:
        return f"byte {self.offset}, {self.field}: {super().__str__()}"


class EncodeError(RckpError, ValueError):
    """The record has no encoding ([ENC-3] to [ENC-6]).

    `field` is the name of the first invalid field [ENC-8], or `"record"` if the record is not a
    tuple with the right number of values.
    """

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code, field)
        self.field = field

    def __str__(self) -> str:
        return f"{escape(str(self.field), _SHOWN)}: {super().__str__()}"


class ConversionError(RckpError, ValueError):
    """A record cannot be converted to another layout without loss: `not-convertible`.

    `reason` is a sentence without a subject of its own.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("not-convertible", reason)
        self.args = (reason,)
        self.reason: str = escape(reason, _SHOWN)


class PathError(RckpError):
    """An error about a path. `details` has the values for the message of the code."""

    def __init__(self, code: str, path: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(code, path, details)
        self.path = path
        self.details: dict[str, object] = dict(details or {})

    def __str__(self) -> str:
        shown = {key: escape(str(value), _SHOWN) for key, value in self.details.items()}
        cited = f", {self.requirement}" if self.requirement else ""
        text = CODES[self.code].message.format_map(shown)
        return f"{escape(self.path)}: {text} [{self.code}{cited}]"


class StoreError(PathError):
    """A store operation failed. The checkpoints that existed before still exist.

    `path` is the file or directory, `code` one of `missing`, `not-a-directory`, `not-a-file`,
    `unreadable`, `changed-while-read`, `name-too-long`, `lock-timeout`, `not-written`,
    `not-removed`, `outside-base`, or that of one of the classes below. The error of the operating
    system, if there was one, is `__cause__`.
    """


class RunIdCollision(StoreError):  # noqa: N818 - it names the event
    """The file belongs to another run, and nothing was written: `run-id-collision` [SAFE-8].

    `details` has `run_id`, the id to be written, and `other`, the id in the file.
    """


class DurabilityUncertain(StoreError):  # noqa: N818 - it names the event
    """The file was written or removed, but the change may not be durable [SAFE-13].

    The code is `durability-uncertain`.
    """


class PurgeIncomplete(StoreError):  # noqa: N818 - it names the event
    """A purge failed for some files or directories, and processed the others [STORE-18].

    The code is `purge-incomplete`. `removed` is the number of removed files, and `failures` a list
    of `StoreError` with the failures.
    """

    def __init__(self, path: str, removed: int, failures: list[StoreError]) -> None:
        details = {"removed": removed, "failed": len(failures), "first": failures[0]}
        super().__init__("purge-incomplete", path, details)
        self.args = (path, removed, failures)
        self.removed = removed
        self.failures = failures


class SelectionError(PathError):
    """A selection failed. (No resumable checkpoint is not an error.)

    `path` is the base directory or the file, `code` one of `choice-needed`, `invalid-index`,
    `index-out-of-range`, `not-offered`, `listing-failed`, `no-such-run`, `payload-rejected`.
    """


_P = TypeVar("_P", bound=PathError)


def from_os_error(kind: type[_P], path: str, error: OSError) -> _P:
    """Return the `kind` of error for an error of the operating system.

    The code is `missing` if the path does not exist, otherwise `unreadable`.
    """
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        made = kind("missing", path)
    else:
        made = kind("unreadable", path, {"reason": error.strerror or str(error)})
    made.__cause__ = error
    return made
