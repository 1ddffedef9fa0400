"""What a mutant of an implementation is: changes of its source, and the checks that fail."""

from __future__ import annotations

from typing import NamedTuple

from conformance.tools.mutation.mutant import Change


class Cases(NamedTuple):
    """Cases for `rckp conformance run`: each of `ids` fails."""

    ids: tuple[str, ...]

    def __str__(self) -> str:
        """Return the first id."""
        return self.ids[0]


class Crash(NamedTuple):
    """Checks of `rckp conformance crash`.

    At least one fails whose id begins with `crash/SCENARIO/KIND/REST`.
    """

    scenario: str
    kind: str
    rest: str

    def __str__(self) -> str:
        """Return the beginning of the id."""
        return f"crash/{self.scenario}/{self.kind}/{self.rest}"


class Permitted(NamedTuple):
    """The specification permits it: all cases that match `pattern` pass, and these crash checks."""

    pattern: str
    scenario: str = ""
    kind: str = ""


Noticed = Cases | Crash | Permitted


class Mutant(NamedTuple):
    """The changes that make a mistake in one implementation, and what notices it there."""

    changes: tuple[Change, ...]
    noticed: Noticed


def mutant(noticed: Noticed, *changes: tuple[str, str, str]) -> Mutant:
    """Return a mutant.

    A change is a file, the text before, which is there exactly once, and the text after.
    """
    return Mutant(tuple(Change(*each) for each in changes), noticed)


def cases(*ids: str) -> Cases:
    """Return the cases that notice a mutant."""
    return Cases(ids)
