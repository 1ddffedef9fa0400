"""The table of docs/adequacy.md: each mistake, and what notices it in each implementation."""

from __future__ import annotations

from collections.abc import Callable

from conformance.tools.implementation_mutation import fresh
from conformance.tools.implementation_mutation.mistakes import MISTAKES, Mistake
from conformance.tools.implementation_mutation.mutant import Cases, Noticed, Permitted
from conformance.tools.implementation_mutation.trial import IMPLEMENTATIONS

_HEAD = """\
## Mutants of independent implementations

Independent implementers make other mistakes than the reference, and some mistakes show only between
two system calls. An earlier edition of the suite did not notice most of those in this table. Each
mistake is made in the implementations in {languages}, and a test runs the checks that must fail. A
case is run by `rckp conformance run --id`, and a check whose id begins with `crash/` by
`rckp conformance crash`. The mistakes at the end are permitted: all checks pass.

```text
python -m conformance.tools.implementation_mutation
```

builds all {number} mutants, and runs their checks in about two minutes.

| the mistake | requirements | noticed by |
|---|---|---|
"""


def section(link: Callable[[str], str]) -> str:
    """Return the section in Markdown. `link` makes a link of the id of a requirement."""
    text = _HEAD.format(
        languages=" and ".join(each.name for each in IMPLEMENTATIONS),
        number=sum(len(each.mutants) for each in IMPLEMENTATIONS),
    )
    for mistake in MISTAKES:
        requirements = " ".join(map(link, mistake.requirements))
        text += f"| {mistake.text} | {requirements} | {_noticed_by(mistake)} |\n"
    return f"{text}\n{fresh.section(fresh.load(), link)}\n"


def _noticed_by(mistake: Mistake) -> str:
    """Return what is the same in all implementations once, else by implementation."""
    if mistake.permitted:
        return f"nothing: {mistake.permitted}"
    cells = {each.name: _cell(each.mutants[mistake.id].noticed) for each in IMPLEMENTATIONS}
    if len({*cells.values()}) == 1:
        return next(iter(cells.values()))
    return "; ".join(f"{cell} ({name})" for name, cell in cells.items())


def _cell(noticed: Noticed) -> str:
    if isinstance(noticed, Cases):
        return ", ".join(f"`{each}`" for each in noticed.ids)
    assert not isinstance(noticed, Permitted)
    return f"`{noticed}…`" if noticed.rest.endswith("#") else f"`{noticed}`"
