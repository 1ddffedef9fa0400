"""The suite: its location, its verification, and the selection of checks."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.cases import cases_root, load_cases
from rckp.conformance.checks import Check, checks
from rckp.conformance.shape import anything, list_of, mapping_of, members, text
from rckp.conformance.suite_files import SuiteFiles
from rckp.display import escape

_MANIFEST = members({"version": anything, "sha256": mapping_of(text)})
_REQUIREMENTS = list_of(mapping_of(anything))
_REQUIREMENT_ROW = {"id": text, "role": text, "text": text}

DRAFT = "draft"
"""The directory below fixtures with the cases of the draft layout, and a manifest of its own.

They are not part of the suite's manifest, so that they can follow the draft without a change of
the digest that claims name.
"""

# The directories below fixtures that decide how an implementation must respond. Nothing else is in
# the manifest: a word changed in the README makes no result stale.
DATA = ("cases", "files", "single-edit")


def data_files(fixtures: Path) -> dict[str, Path]:
    """Return the files that the manifest lists, by their path below `fixtures`, sorted."""
    found = {
        path.relative_to(fixtures).as_posix(): path
        for directory in DATA
        for path in (fixtures / directory).rglob("*")
        if path.is_file()
    }
    return dict(sorted(found.items()))


class Suite(NamedTuple):
    """The cases below `fixtures`, and beside them the specification that they test.

    `own` says whether it is that of this installation; any other is data from elsewhere.
    """

    fixtures: Path
    spec: Path
    own: bool = True

    @classmethod
    def locate(cls, directory: Path | None = None) -> Suite:
        """Return an exported suite, or the one of this installation.

        Raises `FileNotFoundError` if there is none.
        """
        fixtures = cases_root() if directory is None else directory / "fixtures"
        if not (fixtures / "manifest.json").is_file():
            where = escape(str(directory))
            raise FileNotFoundError(f"{where} holds no exported suite: no fixtures/manifest.json")
        return cls(fixtures, fixtures.parent / "spec", directory is None)

    @property
    def files(self) -> SuiteFiles:
        """Its files; links in a suite from elsewhere are not followed."""
        return SuiteFiles(self.fixtures.parent, self.own)

    @property
    def sha256(self) -> str:
        """The sha256 of the manifest, which holds those of all data: `suite_sha256` everywhere."""
        return hashlib.sha256(self.files.read("fixtures/manifest.json")).hexdigest()

    def verify(self) -> None:
        """Raise `ValueError` with one sentence unless the files are exactly those of the manifest.

        Neither a link nor a pipe is a file of a suite.
        """
        self._verify("fixtures")
        if self.has_draft:
            self._verify(f"fixtures/{DRAFT}")

    @property
    def has_draft(self) -> bool:
        """Whether there are cases of the draft layout."""
        return (self.fixtures / DRAFT / "manifest.json").is_file()

    def _verify(self, directory: str) -> None:
        files = self.files
        manifest = files.json(f"{directory}/manifest.json")
        _MANIFEST(manifest, f"{directory}/manifest.json")
        listed: dict[str, str] = manifest["sha256"]
        there = {
            below
            for name in files.names(directory)
            if (below := name.removeprefix(f"{directory}/")).partition("/")[0] in DATA
        }
        changed = sorted(listed.keys() ^ there) or [
            name
            for name in sorted(there)
            if hashlib.sha256(files.read(f"{directory}/{name}")).hexdigest() != listed[name]
        ]
        if changed:
            raise ValueError(
                f"the suite has been changed: {escape(changed[0], 200)} is not as its manifest "
                "has it" + (f" (and {len(changed) - 1} more)" if len(changed) > 1 else "")
            )

    def checks(self) -> list[Check]:
        """Every check, in the order of the cases' ids. Raises `ValueError` for a wrong case.

        Those of this installation are read once in a process.
        """
        return list(_own_checks(self)) if self.own else self._read_checks()

    def _read_checks(self) -> list[Check]:
        roles = {row["id"]: row["role"] for row in self._requirements()}
        cases = list(load_cases(self.fixtures, self.files, trusted=self.own))
        for case in cases:
            if case.op == "decode-next":
                raise ValueError(f"{case.id} is a case of the draft layout")
            if unknown := [each for each in case.requirements if each not in roles]:
                raise ValueError(f"{case.id}: there is no requirement {unknown[0]}")
            if not self.own and case.op == "decode":
                case.data  # noqa: B018 - raises now, and not in the middle of a run
        return list(checks(cases, roles))

    def draft_checks(self) -> list[Check]:
        """Every check of the draft layout, of the class `draft-reader`; as `checks`."""
        if not self.has_draft:
            return []
        cases = list(load_cases(self.fixtures / DRAFT, self.files, trusted=self.own))
        for case in cases:
            if case.op != "decode-next":
                raise ValueError(f"{case.id} is not a case of the draft layout")
            if not self.own:
                case.data  # noqa: B018 - as in `checks`
        return list(checks(cases, {}))

    def requirement_texts(self) -> dict[str, str]:
        """The text of each requirement, by id."""
        return {row["id"]: row["text"] for row in self._requirements()}

    def requirement_titles(self) -> dict[str, str]:
        """The title of each requirement, by id; older suites have none."""
        return {row["id"]: str(row.get("title", "")) for row in self._requirements()}

    def _requirements(self) -> list[dict[str, Any]]:
        name = "spec/requirements.json"
        document = self.files.json(name)
        mapping_of(anything)(document, name)
        _REQUIREMENTS(document.get("requirements"), f"{name}: requirements")
        rows: list[dict[str, Any]] = document["requirements"]
        for row in rows:
            found = {each: row[each] for each in _REQUIREMENT_ROW if each in row}
            members(_REQUIREMENT_ROW)(found, f"{name}: a requirement")
        return rows


class CheckFilter(NamedTuple):
    """The criteria of selected checks. An empty criterion selects all."""

    ids: Sequence[str] = ()
    classes: Sequence[str] = ()
    levels: Sequence[str] = ()
    requirements: Sequence[str] = ()
    tags: Sequence[str] = ()

    def of(self, checks: Iterable[Check]) -> list[Check]:
        """Return the selected checks. An id is a pattern with `*`, `?` and `[…]`."""
        return [check for check in checks if self._wants(check)]

    def unknown(self, checks: Sequence[Check]) -> list[str]:
        """Return the patterns and requirements that match no check, probably mistyped."""
        known = {requirement for check in checks for requirement in check.requirements}
        ids = [p for p in self.ids if not any(_matches(check, p) for check in checks)]
        return ids + [each for each in self.requirements if each not in known]

    def _wants(self, check: Check) -> bool:
        return (
            (not self.ids or any(_matches(check, pattern) for pattern in self.ids))
            and (not self.classes or check.class_ in self.classes)
            and (not self.levels or check.level in self.levels)
            and (not self.requirements or bool({*self.requirements} & {*check.requirements}))
            and (not self.tags or bool({*self.tags} & {*check.tags}))
        )


def _matches(check: Check, pattern: str) -> bool:
    return fnmatchcase(check.id, pattern) or fnmatchcase(check.case.id, pattern)


@functools.cache
def _own_checks(suite: Suite) -> tuple[Check, ...]:
    return tuple(suite._read_checks())
