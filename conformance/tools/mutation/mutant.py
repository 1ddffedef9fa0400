"""What a mutant is: a mistake that an implementer could make, as a change of the source."""

from __future__ import annotations

from typing import NamedTuple


class Change(NamedTuple):
    """In `module`, a file below src/rckp, `new` stands for `old`, which is there `times` times."""

    module: str
    old: str
    new: str
    times: int = 1


class Mutant(NamedTuple):
    """One mistake.

    `requirements` are the ids of what it weakens, the most concerned first; `why` is one line
    on how somebody comes to make it. `hostile` asks the cases about lying lengths too, each of
    which needs a fresh process. `classes` are those whose cases are asked, if not those of the
    roles that the requirements bind.

    What no case notices has a reason, `survives`; and if a test of the reference can notice it,
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
    """A mutant, with requirements and classes separated by blanks."""
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
    """The text with the change made. Raises `ValueError` if it does not fit the text."""
    found = text.count(change.old)
    if found != change.times or change.old == change.new:
        raise ValueError(
            f"{change.module} has {found} times, not {change.times} times: {change.old!r}"
        )
    return text.replace(change.old, change.new)
