"""The table of docs/adequacy.md: each mistake, and what notices it in each implementation."""

from __future__ import annotations

from collections.abc import Callable

from conformance.tools.implementation_mutation.mistakes import MISTAKES, Mistake
from conformance.tools.implementation_mutation.mutant import Cases, Crash, Noticed
from conformance.tools.implementation_mutation.trial import IMPLEMENTATIONS

_HEAD = """\
## Mutants of independent implementations

An independent implementer makes other mistakes than the reference, and some show only between two
system calls. The table lists mistakes that an earlier edition of the suite did not notice. Each was
made in the implementations that the columns name, and a test runs the check that must fail. A case
is run by `rckp conformance run --id`, and a check that begins with `crash/` by
`rckp conformance crash`. {permitted} mistakes are permitted. All checks pass, and the
reason is below.

```text
python -m conformance.tools.implementation_mutation
```

builds all {number} mutants and runs their checks, in about a minute and a half.

"""


def section(link: Callable[[str], str]) -> str:
    """Return the section in Markdown. `link` makes a link of the id of a requirement."""
    permitted = [each for each in MISTAKES if each.permitted]
    number = sum(len(each.mutants) for each in IMPLEMENTATIONS)
    names = " | ".join(each.name for each in IMPLEMENTATIONS)
    text = _HEAD.format(permitted=_NUMBERS[len(permitted)], number=number)
    text += f"| the mistake | requirements | {names} |\n|---|---|{'---|' * len(IMPLEMENTATIONS)}\n"
    for mistake in MISTAKES:
        requirements = " ".join(map(link, mistake.requirements))
        text += f"| {mistake.text} | {requirements} | {' | '.join(_cells(mistake))} |\n"
    text += "\n" + "".join(f"* {each.text} {each.permitted}\n" for each in permitted) + "\n"
    return text


_NUMBERS = ("No", "One", "Two", "Three", "Four")


def _cells(mistake: Mistake) -> list[str]:
    return [
        _cell(each.mutants[mistake.id].noticed) if mistake.id in each.mutants else "–"
        for each in IMPLEMENTATIONS
    ]


def _cell(noticed: Noticed) -> str:
    if isinstance(noticed, Cases):
        return ", ".join(f"`{each}`" for each in noticed.ids)
    return (
        f"`{noticed}…`"
        if isinstance(noticed, Crash) and noticed.rest.endswith("#")
        else (f"`{noticed}`" if isinstance(noticed, Crash) else "permitted")
    )
