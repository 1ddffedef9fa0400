"""`spec/cases/`: the cases of the suite to be read, and which of them test which requirement.

A page of each family, such as `reader/flag`, has every case once, with an anchor of its id; a
page of each chapter says for each of its requirements which cases test it, or why none can.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.cases import Case, Edit, load_cases
from rckp.derive.banner import NOTICE
from rckp.derive.case_links import DIRECTORY as BY_REQUIREMENT
from rckp.derive.chapters import SpecError
from rckp.derive.requirements import Requirement, case_level
from rckp.derive.tables import table

COVERAGE = "fixtures/coverage.json"

_ROOT = "spec/cases"
_CONTENTS = f"{_ROOT}/contents.md"
# The pages are found by their links; a search finds the cases, but whatever else it finds first.
# A page with front matter begins with it, so that the notice is a comment in its second line.
_SEARCHED_LAST = f"---\n# {NOTICE}\nsearch:\n  boost: 0.1\n---\n"
_NOT_SEARCHED = f"---\n# {NOTICE}\nsearch:\n  exclude: true\n---\n"
_UNSEARCHED = "{ data-search-exclude }"
_BREAK = "  "  # at the end of a line of Markdown

_SIDES = {
    "accept": "No case can accept it",
    "reject": "No case can reject it",
    "both": "No case can show it",
}
_OPS = {
    "decode": "Decode the file",
    "encode": "Encode a record",
    "signature-hashes": "Hash an identity",
    "run-id-timestamp": "Read the timestamp of a run id",
    "file-name": "Name the file of a run",
    "scope-path": "Name the scope of a run",
    "base-dir": "Choose the base directory",
    "files": "List the files",
    "read": "Read a checkpoint",
    "write": "Write a checkpoint",
    "delete": "Delete a checkpoint",
    "purge": "Purge by time",
    "purge-age": "Purge by age",
    "list": "List what can be resumed",
    "select": "Select what to resume",
}
_SHOWN = 240  # characters of a value
_BYTES_SHOWN = 12
_ENTRIES_SHOWN = 3
_SCOPE = re.compile(r"alg-[^/]*/prob-[^/]*/")


class Corpus(NamedTuple):
    """All cases, what is excused from having some, and the requirements that they are about."""

    cases: Sequence[Case]
    exceptions: Mapping[str, Mapping[str, str]]
    requirements: Mapping[str, Requirement]

    @classmethod
    def read(cls, root: Path, requirements: Mapping[str, Requirement]) -> Corpus:
        """The fixtures below `root`. Raises `SpecError` as `check` and `check_levels` do."""
        exceptions = json.loads((root / COVERAGE).read_text("utf-8"))["exceptions"]
        corpus = cls(list(load_cases(root / "fixtures", trusted=True)), exceptions, requirements)
        corpus.check()
        corpus.check_levels()
        return corpus

    def check(self) -> None:
        """Raises `SpecError` for a requirement that has neither a case nor a reason.

        And for a case, or a reason, that is about no requirement.
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
        """Raises `SpecError` for a case whose level is not that of its requirements."""
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
        """How many cases each requirement has, by its id, in the order of the text."""
        counts = dict.fromkeys(self.requirements, 0)
        for case in self.cases:
            for cited in case.requirements:
                counts[cited] += 1
        return counts

    def families(self) -> dict[str, list[Case]]:
        """The cases by the directory they lie in below fixtures/cases, at most two deep."""
        families: defaultdict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            families[_family(case.id)].append(case)
        return dict(sorted(families.items()))


def pages(corpus: Corpus) -> dict[str, str]:
    """Every page below spec/cases, by its path."""
    by_chapter: defaultdict[str, list[Requirement]] = defaultdict(list)
    for requirement in corpus.requirements.values():
        by_chapter[requirement.chapter].append(requirement)
    families = corpus.families()
    return {
        _CONTENTS: _contents(corpus, families, by_chapter),
        **{
            f"spec/{BY_REQUIREMENT}/{chapter}": _requirement_page(
                corpus, families, chapter, requirements
            )
            for chapter, requirements in by_chapter.items()
        },
        **{
            _page(family): _cases(corpus, family, cases, _page(family))
            for family, cases in families.items()
        },
    }


def _family(case_id: str) -> str:
    return "/".join(case_id.split("/")[:-1][:2])


def _page(family: str) -> str:
    """The path of the page of a family; the cases of a class that are in no directory have one."""
    return f"{_ROOT}/{family}.md" if "/" in family else f"{_ROOT}/{family}/index.md"


def _name(family: str) -> str:
    return family if "/" in family else f"{family}, whole files"


def _contents(
    corpus: Corpus,
    families: Mapping[str, Sequence[Case]],
    by_chapter: Mapping[str, Sequence[Requirement]],
) -> str:
    counts = corpus.counts()
    lines = [
        f"<!-- {NOTICE} -->",
        "# The cases",
        "",
        f"The conformance suite has {len(corpus.cases)} cases. Each is one JSON file below",
        "`fixtures/cases`, under its id, with the bytes that it is about beside it; here is what",
        "each of them shows, what must come of it, and the requirements that say so.",
        "",
        "## By what they are about",
        "",
        table(
            ["cases", "number"],
            [
                [f"[{_name(family)}]({_link(_page(family), _CONTENTS)})", str(len(cases))]
                for family, cases in families.items()
            ],
        ),
        "",
        "## By requirement",
        "",
        table(
            ["chapter", "requirements", "of them without a case"],
            [
                [
                    f"[{requirements[0].chapter_title}](by-requirement/{chapter})",
                    str(len(requirements)),
                    str(sum(not counts[each.id] for each in requirements)),
                ]
                for chapter, requirements in by_chapter.items()
            ],
        ),
    ]
    return "\n".join(lines) + "\n"


def _requirement_page(
    corpus: Corpus,
    families: Mapping[str, Sequence[Case]],
    chapter: str,
    requirements: Sequence[Requirement],
) -> str:
    page = f"spec/{BY_REQUIREMENT}/{chapter}"
    title = requirements[0].chapter_title
    lines = [
        f"{_NOT_SEARCHED}# {title}: the cases",
        "",
        "Which cases of the suite test the requirements of",
        f"[{title}]({_link(f'spec/{chapter}', page)}).",
    ]
    for requirement in requirements:
        cases = [case for case in corpus.cases if requirement.id in case.requirements]
        link = _link(f"spec/{chapter}#{requirement.anchor}", page)
        lines += [
            "",
            f"## {requirement.id} {{ #{requirement.anchor} }}",
            "",
            f"> {literal(requirement.text)} ([Requirement]({link}))",
            "",
            f"**{number(len(cases))}**" + (", in" if cases else "."),
            "",
            *_listed(families, cases, page),
        ]
        lines += [
            f"{_SIDES[side]}: {reason}"
            for side, reason in corpus.exceptions.get(requirement.id, {}).items()
        ]
    return _settled(lines)


def _listed(
    families: Mapping[str, Sequence[Case]], cases: Sequence[Case], page: str
) -> Iterator[str]:
    """The cases by family; a family that is there as a whole is not listed again."""
    chosen: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        chosen[_family(case.id)].append(case)
    for family, some in chosen.items():
        head = f"* [{_name(family)}]({_link(_page(family), page)})"
        if len(some) == len(families[family]) > 1:
            yield f"{head}: all {len(some)}"
        else:
            shown = ", ".join(f"[{_short(case)}]({_place(case, page)})" for case in some)
            yield f"{head}: {shown}"
    if cases:
        yield ""


def _cases(corpus: Corpus, family: str, cases: Sequence[Case], page: str) -> str:
    lines = [
        f"{_SEARCHED_LAST}# Cases: {_name(family)}",
        "",
        f"{number(len(cases))} of the [suite]({_link(_CONTENTS, page)}), in",
        f"`fixtures/cases/{family}`. What is asked and expected is there in full, as JSON.",
    ]
    for case in cases:
        requirements = ", ".join(
            f"[{each}]({_link(f'spec/{corpus.requirements[each].chapter}#{each}', page)})"
            for each in case.requirements
        )
        tags = "".join(f", {tag}" for tag in case.document.get("tags", ()))
        lines += [
            "",
            f"## `{case.id}` {{ #{case.id} }}",
            "",
            literal(case.document["why"]),
            "",
            *(f"{line}{_BREAK}" for line in _told(case, page)),
            f"{case.document['level']}{tags}: {requirements}",
            _UNSEARCHED,
        ]
    return _settled(lines)


def _told(case: Case, page: str) -> Iterator[str]:
    """What is asked, and what must come of it."""
    given, expect = case.document["input"], case.expect
    if case.op == "decode":
        yield f"{_OPS[case.op]} {_code(given['file'])}, {_bytes(len(case.data))}{_made(case, page)}"
    elif case.op == "encode":
        field = expect["error"]["field"]
        record = given["record"]
        value = f" with `{field}` {_code(_json(record[field]))}" if field in record else ""
        yield _OPS[case.op] + value
    elif "tree" in given:
        yield f"{_OPS[case.op]}; there is {_entries(given['tree'])}"
    else:
        yield f"{_OPS[case.op]}: {_code(_json(given))}"
    yield f"Expected: **{_expected(expect, case.classes)}**" + _rest(expect)
    for other in expect.get("or", ()):
        yield f"Or: **{_expected(other, case.classes)}**" + _rest(other)


def _made(case: Case, page: str) -> str:
    if not case.edits:
        return ""
    base = case.document["input"]["base"]
    edits = " and ".join(map(_edit, case.edits))
    return f": [{base}]({_link(_page(_family(base)), page)}#{base}) with {edits}"


def _edit(edit: Edit) -> str:
    if not edit.remove:
        return f"{_hex(edit.insert)} put in at byte {edit.at}"
    if not edit.insert:
        return f"{_hex(edit.remove)} taken out at byte {edit.at}"
    return f"{_hex(edit.insert)} in place of {_hex(edit.remove)} at byte {edit.at}"


def _expected(expect: Mapping[str, Any], classes: Sequence[str]) -> str:
    if "error" in expect:
        error = expect["error"]
        field = f" in `{error['field']}`" if "field" in error else ""
        offset = f" at byte {error['offset']}" if "offset" in error else ""
        wanted = (
            f" ({error['wanted']} wanted, {error['available']} there)" if "wanted" in error else ""
        )
        return f"`{error['code']}`{field}{offset}{wanted}"
    if "record" in expect:
        both = ", which encodes to the same bytes" if "writer" in classes else ""
        return f"The record of the case{both}"
    shown = {key: value for key, value in expect.items() if key not in ("changes", "or")}
    return _code(_json(shown))


def _rest(expect: Mapping[str, Any]) -> str:
    changes = expect.get("changes")
    if changes is None:
        return ""
    put, removed = len(changes["put"]), len(changes["removed"])
    if not put and not removed:
        return ", and nothing on the disk has changed"
    return f", and on the disk {put} put, {removed} removed"


def _link(target: str, page: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page))


def _place(case: Case, page: str) -> str:
    return f"{_link(_page(_family(case.id)), page)}#{case.id}"


def _short(case: Case) -> str:
    """The id without the family."""
    return case.id.removeprefix(f"{_family(case.id)}/")


def number(count: int) -> str:
    """So many cases, in words."""
    return {0: "No case", 1: "1 case"}.get(count, f"{count} cases")


def _entries(tree: Sequence[Mapping[str, Any]]) -> str:
    """The first files and directories of a tree, by their paths; a scope is told by dots."""
    shown = [
        f"{entry['kind']} {_code(_SCOPE.sub('…/', str(entry['path'])))}"
        for entry in tree[:_ENTRIES_SHOWN]
    ]
    more = len(tree) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more else [])]) or "nothing"


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _hex(data: bytes) -> str:
    more = f" and {_bytes(len(data) - _BYTES_SHOWN)}" if len(data) > _BYTES_SHOWN else ""
    return f"`{data[:_BYTES_SHOWN].hex(' ').upper()}`{more}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _code(text: str) -> str:
    """A code span, cut short; JSON has no line feeds, and fences outlast its backticks."""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _settled(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip("\n") + "\n"


def literal(text: str) -> str:
    """Plain text as Markdown. Python-Markdown knows no backslash before an angle bracket."""
    escaped = re.sub(r"([\\`*_\[\]|])", r"\\\1", text)
    return escaped.replace("<", "&lt;").replace(">", "&gt;")
