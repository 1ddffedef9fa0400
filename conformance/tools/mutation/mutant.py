"""A mutant: a mistake that an implementer could make, as a change of the source."""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """The replacement of `old`, which occurs `times` times in `module` below src/rckp, by `new`."""

    module: str
    old: str
    new: str
    times: int = 1


class Mutant(NamedTuple):
    """One mistake.

    `requirements` are the ids of the violated requirements, the most specific first. `why` is
    one line on how an implementer comes to make the mistake. `hostile` also runs the cases about
    false lengths, each of which needs a new process. `classes` are the classes whose cases are
    run, if they are not those of the roles that the requirements bind.

    If no case can kill the mutant, `survives` is the reason. If a test of the reference can,
    `elsewhere` is that test, below conformance/tests.
    """

    id: str
    requirements: tuple[str, ...]
    why: str
    changes: tuple[Change, ...]
    by_hand: bool = False
    hostile: bool = False
    classes: tuple[str, ...] = ()
    survives: str = ""
    elsewhere: str = ""


def mutant(
    id_: str,
    requirements: str,
    why: str,
    *changes: Change,
    by_hand: bool = False,
    hostile: bool = False,
    classes: str = "",
    survives: str = "",
    elsewhere: str = "",
) -> Mutant:
    """Return a mutant. Requirements and classes are separated by blanks."""
    return Mutant(
        id_,
        tuple(requirements.split()),
        why,
        changes,
        by_hand,
        hostile,
        tuple(classes.split()),
        survives,
        elsewhere,
    )


def apply(text: str, change: Change) -> str:
    """Return the changed text. Raises `ValueError` if the change does not fit the text."""
    found = text.count(change.old)
    if found != change.times or change.old == change.new:
        raise ValueError(
            f"{change.module} has {found} times, not {change.times} times: {change.old!r}"
        )
    return text.replace(change.old, change.new)
