"""Cases about directories with more entries than one reading of a directory returns."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.tools.casegen.draft import Draft
from conformance.tools.casegen.reader import EXAMPLE
from conformance.tools.casegen.tree import case, holding, raw

_NUMBER = 150


def drafts() -> Iterator[Draft]:
    """All cases of this module."""
    # The order of making is far from the order of the names.
    names = [f"{at * 67 % _NUMBER}.ckpt" for at in range(_NUMBER)]
    yield case(
        "store/files/order/150-in-a-directory",
        "files",
        "STORE-5",
        "A listing that sorts each group of names that it reads, and not the whole directory, "
        "returns them in the wrong order.",
        {"tree": [raw(f"base/d/{each}", b"") for each in names], "base": "base"},
        {"paths": [f"d/{each}" for each in sorted(names)]},
    )
    run_ids = [f"x-{at}" for at in range(_NUMBER)]
    yield case(
        "selection/list/150-in-a-directory",
        "list",
        "SEL-4",
        "The order is that of the run ids, in whichever order the files were found.",
        {
            "tree": [
                holding(f"base/{each}", EXAMPLE._replace(run_id=run_id))
                for each, run_id in zip(names, run_ids, strict=True)
            ],
            "base": "base",
            "identity": {field: getattr(EXAMPLE, field) for field in _IDENTITY},
        },
        {"paths": names},
    )


_IDENTITY = (
    "algorithm_name",
    "algorithm_parameters",
    "problem_description",
    "problem_parameters",
)
