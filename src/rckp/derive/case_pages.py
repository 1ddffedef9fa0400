"""The pages of `spec/cases/`: all cases, and the cases of each requirement.

The page of a family, such as `reader/flag`, has each case once, with its id as anchor. The page of
a chapter lists the cases of each of its requirements, or the reason why there is none.
"""

from __future__ import annotations

import base64
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from rckp.conformance.cases import Case
from rckp.derive.banner import NOTICE
from rckp.derive.case_links import DIRECTORY as BY_REQUIREMENT
from rckp.derive.case_text import describe, escape_markdown, number
from rckp.derive.corpus import Corpus, family_of
from rckp.derive.requirements import Requirement
from rckp.derive.tables import table

_ROOT = "spec/cases"
_CONTENTS = f"{_ROOT}/contents.md"
# A page with front matter begins with it, so that the notice is a comment in its second line.
_NOT_SEARCHED = f"---\n# {NOTICE}\nsearch:\n  exclude: true\n---\n"
# conformance/tools/site/search_index.py adds the cases to the index.
_WIDE = f"---\n# {NOTICE}\nsearch:\n  exclude: true\nhide:\n  - toc\n---\n"
_IN_LINK = 2000  # bytes of a file that a link to the inspector holds

_SIDES = {
    "accept": "No case can accept it",
    "reject": "No case can reject it",
    "both": "No case can show it",
}


def pages(corpus: Corpus) -> dict[str, str]:
    """Return every page below spec/cases, by its path."""
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


def _page(family: str) -> str:
    """Return the path of the page of a family, or of the cases directly in a class."""
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
        f"The conformance suite has {len(corpus.cases)} cases. Each is a JSON file in",
        "`fixtures/cases`, named by its id, with its input file beside it. These pages show the",
        "purpose, the expected response and the requirements of each case, with its files. A file",
        "of up to 2,000 bytes has the link *inspect*, which opens it in the inspector of the site.",
        "",
        "## By family",
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
            ["chapter", "requirements", "requirements without a case"],
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
        "These cases of the suite test the requirements of",
        f"[{title}]({_link(f'spec/{chapter}', page)}).",
    ]
    for requirement in requirements:
        cases = [case for case in corpus.cases if requirement.id in case.requirements]
        link = _link(f"spec/{chapter}#{requirement.anchor}", page)
        lines += [
            "",
            f"## {requirement.id} {requirement.title} {{ #{requirement.anchor} }}",
            "",
            f"> {escape_markdown(requirement.text)} ([Requirement]({link}))",
            "",
            f"**{number(len(cases))}**" + (", in" if cases else "."),
            "",
            *_listed(families, cases, page),
        ]
        lines += [
            f"{_SIDES[side]}: {reason}"
            for side, reason in corpus.exceptions.get(requirement.id, {}).items()
        ]
    return _join(lines)


def _listed(
    families: Mapping[str, Sequence[Case]], cases: Sequence[Case], page: str
) -> Iterator[str]:
    """Yield the cases by family; a complete family is only counted."""
    chosen: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        chosen[family_of(case.id)].append(case)
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
    rows = []
    for case in cases:
        requirements = ", ".join(
            f"[{each}]({_link(f'spec/{corpus.requirements[each].chapter}#{each}', page)})"
            for each in case.requirements
        )
        tags = "".join(f", {tag}" for tag in case.document.get("tags", ()))
        request, *expected = describe(case, _base_link(case, page))
        own = f"[`{_short(case)}`](#{case.id}){{ #{case.id} }}"
        purpose = escape_markdown(case.document["why"]).replace(r"\|", "&#124;")
        why = f'<span class="why">{purpose}</span>'
        level = f"{case.document['level']}{tags}: {requirements}"
        rows.append([f"{own}{why}", request, "<br>".join(expected), level, _files(case, page)])
    lines = [
        f"{_WIDE}# Cases: {_name(family)}",
        "",
        f"{number(len(cases))} of the [suite]({_link(_CONTENTS, page)}), in",
        f"`fixtures/cases/{family}`. The JSON files have the full input and expected response.",
        "",
        table(["case", "input", "expected", "level and requirements", "files"], rows),
    ]
    return _join(lines)


def _files(case: Case, page: str) -> str:
    """Return links to the files of a case, and to the inspector with its bytes."""
    links = [f"[JSON]({_link(f'fixtures/cases/{case.id}.json', page)})"]
    if case.op == "decode":
        name = case.document["input"]["file"]
        path = posixpath.join(posixpath.dirname(case.id), name)
        links.append(f"[bytes]({_link(f'fixtures/cases/{path}', page)})")
        if len(case.data) <= _IN_LINK:
            data = base64.urlsafe_b64encode(case.data).decode().rstrip("=")
            target = _link("inspector.html", page)
            links.append(f'<a href="{target}#file={quote(name)},{data}">inspect</a>')
    return ", ".join(links)


def address(case_id: str) -> str:
    """Return the address of a case on the site, below `spec/`."""
    path = _page(family_of(case_id)).removeprefix("spec/").removesuffix(".md")
    return f"{path}.html#{case_id}"


def _link(target: str, page: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page))


def _place(case: Case, page: str) -> str:
    return f"{_link(_page(family_of(case.id)), page)}#{case.id}"


def _short(case: Case) -> str:
    """Return the id without the family."""
    return case.id.removeprefix(f"{family_of(case.id)}/")


def _base_link(case: Case, page: str) -> str:
    """Return the link to the case whose bytes this one edits; empty if it edits none."""
    base = case.document["input"].get("base", "") if case.edits else ""
    return f"{_link(_page(family_of(base)), page)}#{base}" if base else ""


def _join(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip("\n") + "\n"
