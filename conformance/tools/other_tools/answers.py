"""What a tool answers about a file, and how much of it is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from conformance.tools.other_tools.inputs import Error, Input

# How much of the truth an answer has. Of a valid file: all values, or that it is valid. Of an
# invalid file: the code with its field and offset, the code, or that it is invalid. Of each: only
# whether it begins with the magic number. `WRONG` contradicts the suite.
GRADES = ("record", "location", "code", "verdict", "type", "not-asked", "wrong")
RECORD, LOCATION, CODE, VERDICT, TYPE, NOT_ASKED, WRONG = GRADES


class Answer(NamedTuple):
    """What a tool says of one file, and what that means.

    `recognised` is the answer of a tool that looks only at the first bytes. Any other tool either
    accepts the file, perhaps with the values of its record, or rejects it with an error, whose
    code is "" if the tool has none. An answer with none of the four is that of a tool that was
    not asked.
    """

    said: str
    recognised: bool | None = None
    accepted: bool | None = None
    error: Error | None = None
    record: tuple[Any, ...] | None = None


class Tool(NamedTuple):
    """What the run of a tool gave: an answer for each file, by its id.

    `sources` are the names of the descriptions in `spec/` that it used.
    """

    title: str
    version: str
    sources: tuple[str, ...]
    answers: Mapping[str, Answer]


def accepts(said: str, record: tuple[Any, ...] | None = None) -> Answer:
    """Return the answer of a tool that accepts a file, with the values that it read."""
    return Answer(said, accepted=True, record=record)


def rejects(said: str, error: Error = Error("")) -> Answer:  # noqa: B008 - immutable
    """Return the answer of a tool that rejects a file."""
    return Answer(said, accepted=False, error=error)


def grade(given: Input, answer: Answer) -> str:
    """Return how much of the truth an answer has."""
    if answer.recognised is not None:
        return TYPE if answer.recognised == given.has_magic else WRONG
    if answer.accepted is None:
        return NOT_ASKED
    if answer.accepted != (given.error is None):
        return WRONG
    if given.error is None:
        if answer.record is None:
            return VERDICT
        return RECORD if answer.record == given.record else WRONG
    if answer.error == given.error:
        return LOCATION
    assert answer.error
    return CODE if answer.error.code == given.error.code else VERDICT
