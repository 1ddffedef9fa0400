"""The cases of the suite, checked against the requirements and `fixtures/coverage.json`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rckp.conformance.cases import Case, load_cases
from rckp.derive.chapters import SpecError
from rckp.derive.requirements import Requirement, case_level

COVERAGE = "fixtures/coverage.json"


class Corpus(NamedTuple):
    """All cases, the reasons for requirements without a case, and the requirements."""

    cases: Sequence[Case]
    exceptions: Mapping[str, Mapping[str, str]]
    requirements: Mapping[str, Requirement]

    @classmethod
    def read(cls, root: Path, requirements: Mapping[str, Requirement]) -> Corpus:
        """Return the fixtures below `root`. Raises `SpecError` as `check` and `check_levels` do."""
        exceptions = json.loads((root / COVERAGE).read_text("utf-8"))["exceptions"]
        corpus = cls(list(load_cases(root / "fixtures", trusted=True)), exceptions, requirements)
        corpus.check()
        corpus.check_levels()
        return corpus

    def check(self) -> None:
        """Raise `SpecError` for a requirement that has neither a case nor a reason.

        Also for a case or a reason that names an unknown requirement.
        """
        for case in self.cases:
            for cited in case.requirements:
                if cited not in self.requirements:
                    raise SpecError(
                        f"fixtures/cases/{case.id}.json", 1, f"there is no requirement {cited}"
                    )
        for excused in self.exceptions:
            if excused not in self.requirements:
                raise SpecError(COVERAGE, 1, f"there is no requirement {excused}")
        for identifier, count in self.counts().items():
            reasons = self.exceptions.get(identifier, {})
            if not count and not ("both" in reasons or {"accept", "reject"} <= {*reasons}):
                chapter = self.requirements[identifier].chapter
                raise SpecError(
                    f"spec/{chapter}",
                    1,
                    f"{identifier} has no case, and {COVERAGE} no reason why not",
                )

    def check_levels(self) -> None:
        """Raise `SpecError` for a case whose level is not that of its requirements."""
        for case in self.cases:
            level = case_level(case.requirements, self.requirements)
            if case.document["level"] != level:
                raise SpecError(
                    f"fixtures/cases/{case.id}.json",
                    1,
                    f"the level is {case.document['level']}, and that of its requirements "
                    f"{level}; `python -m conformance.tools.casegen` writes it",
                )

    def counts(self) -> dict[str, int]:
        """Return the number of cases by requirement id, in the order of the text."""
        counts = dict.fromkeys(self.requirements, 0)
        for case in self.cases:
            for cited in case.requirements:
                counts[cited] += 1
        return counts

    def families(self) -> dict[str, list[Case]]:
        """Return the cases by their directory below fixtures/cases, at most two levels deep."""
        families: defaultdict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            families[family_of(case.id)].append(case)
        return dict(sorted(families.items()))


def family_of(case_id: str) -> str:
    """Return the directory of a case below fixtures/cases, at most two levels deep."""
    return "/".join(case_id.split("/")[:-1][:2])
