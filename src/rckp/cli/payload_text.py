"""A parsed payload for people, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from rckp.display import escape, pluralise
from rckp.format.record_json import value_to_json
from rckp.payload import Payload, Progress, Solution, UnknownPayload, progress

_MAX_SHOWN = 60  # characters of the variables of a solution
_TITLES = {"personal_bests": "personal bests"}


def describe(payload: Payload | UnknownPayload) -> Iterator[str]:
    """A line with the progress and one for each group of solutions; nothing if unknown."""
    if payload.iteration is None or payload.evaluations is None:
        return
    parts = [f"iteration {payload.iteration:,}", pluralise(payload.evaluations, "evaluation")]
    if isinstance(payload, UnknownPayload):
        yield f"progress: {', '.join(parts)}"
        return
    best = payload.best
    if best is not None and best.quality is not None:
        parts.append(f"best quality {escape(best.quality, _MAX_SHOWN)}")
    yield f"progress: {', '.join(parts)}"
    for name, solutions in payload.solutions.items():
        title = _TITLES.get(name, name)
        if len(solutions) == 1:
            yield f"  {title:14}  {_solution(solutions[0])}"
        else:
            yield f"  {title:14}  {_group(solutions)}"


def _solution(solution: Solution) -> str:
    variables = escape(",".join(solution.variables), _MAX_SHOWN)
    quality = "not evaluated"
    if solution.quality is not None:
        quality = f"quality {escape(solution.quality, _MAX_SHOWN)}"
    return f"{quality}, {pluralise(len(solution.variables), 'variable')}: {variables}"


def _group(solutions: Sequence[Solution]) -> str:
    sizes = sorted({len(each.variables) for each in solutions})
    if not sizes:
        return "no solutions"
    of = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    noun = "variable" if sizes == [1] else "variables"
    text = f"{pluralise(len(solutions), 'solution')} of {of} {noun}"
    values = [each.value for each in solutions if each.value is not None]
    values = [each for each in values if not math.isnan(each)]
    if values:
        text += f", quality {min(values):g} to {max(values):g}"
    return text


def payload_as_json(payload: Payload | UnknownPayload) -> dict[str, Any]:
    """Return the progress as an object. Integers are decimal strings, unknown values are null."""
    return progress_as_json(progress(payload))


def progress_as_json(progress: Progress) -> dict[str, Any]:
    """Return a progress as an object. Integers are decimal strings, unknown values are null."""
    return {
        "iteration": value_to_json(progress.iteration),
        "evaluations": value_to_json(progress.evaluations),
        "best_quality": progress.best_quality,
    }
