"""`spec/requirements.json`: every requirement of the chapters, for programs.

A requirement is a paragraph or list item that begins with its id and title, as a link to itself,
and with the role that must meet it:
`[DEC-2 Truncated file](#DEC-2){ #DEC-2 .req data-role=reader } `. A derived link to its cases may
follow. When the paragraph ends with a colon, the list or table after it belongs to the
requirement. The requirement words of RFC 2119 are used nowhere else, except in double quotes,
where a word is mentioned and not used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rckp.derive.banner import NOTICE
from rckp.derive.chapters import (
    Block,
    Chapter,
    SpecError,
    blocks,
    following,
    plain,
    without_code,
)

_ID = r"[A-Z]+-[1-9]\d*"
_MARKER = re.compile(
    rf"\[({_ID}) ([^\]]+)\]\(#([^)]*)\)\{{ #(\S+) \.req data-role=([\w-]+) \}} "
    r"(?:\[[\w ]+\]\([^)]*\)\{ \.cases \} )?"  # see case_links.py
)
_MARKERS = re.compile(r"\{[^}]*\.(?:req|cases)\b[^}]*\}")
_LINK = re.compile(rf"\]\(([\w-]+\.md)?#({_ID})\)")
_RETIRED = re.compile(rf"`({_ID})`")
_RETIRED_HEADING = "Retired requirements"

# By strength; what is in one row says the same (RFC 2119, 1 to 5).
_LEVELS = {
    "MUST NOT": ("MUST NOT", "SHALL NOT"),
    "MUST": ("MUST", "SHALL", "REQUIRED"),
    "SHOULD NOT": ("SHOULD NOT", "NOT RECOMMENDED"),
    "SHOULD": ("SHOULD", "RECOMMENDED"),
    "MAY": ("MAY", "OPTIONAL"),
}
_STRENGTH = {"MUST NOT": 0, "MUST": 0, "SHOULD NOT": 1, "SHOULD": 1, "MAY": 2}
_LEVEL_OF = {word: level for level, words in _LEVELS.items() for word in words}
_WORDS = "|".join(sorted(_LEVEL_OF, key=len, reverse=True))
_WORD = re.compile(rf'"(?:{_WORDS})"|\b({_WORDS})\b( not\b)?')

# Who must meet a requirement: the implementations of a class, or an actor outside the classes. What
# is said of the bytes themselves binds readers and writers: the format.
ROLES = (
    *("reader", "writer", "identity", "store", "selection"),
    *("application", "tool", "implementation", "format"),
)
_SENTENCE_END = re.compile(r"""[.!?][)"']?$""")


# What a requirement determines in a response: the verdict, only its details, or nothing.
JUDGED = ("verdict", "location", "none")
_LEVELS_HEADING = "Levels of the cases"
_LEVEL_ROW = re.compile(r"\| (\[.+?) \| `(\w+)` \| .+ \|")


class Requirement(NamedTuple):
    """One requirement; `chapter` is a file in spec/, `text` is plain text without id and title."""

    id: str
    title: str
    anchor: str
    chapter: str
    chapter_title: str
    level: str  # MUST, MUST NOT, SHOULD, SHOULD NOT, MAY: the strongest word in it
    role: str  # one of ROLES
    text: str
    order: int  # from 1, through all chapters
    judged: str = "verdict"  # one of JUDGED


def extract(chapters: Sequence[Chapter]) -> dict[str, Requirement]:
    """Return every requirement by its id, in the order of the text.

    Raises `SpecError` where the text breaks the rules above, uses an id twice, uses a retired
    id, or refers to an unknown id.
    """
    found: dict[str, Requirement] = {}
    places: list[tuple[Chapter, Block, Requirement]] = []
    retired = _retired(chapters)
    for chapter in chapters:
        _refuse_words_beside(chapter)
        for block in blocks(chapter):
            marker = _MARKER.match(block.text)
            _refuse_stray_markers(chapter, block, marker)
            if marker is None:
                _refuse_words(chapter, block)
                continue
            requirement = _requirement(chapter, block, marker, len(found) + 1)
            if requirement.id in found:
                first = found[requirement.id].chapter
                raise SpecError(
                    chapter.path, block.line, f"{requirement.id} is already in spec/{first}"
                )
            if requirement.id in retired:
                raise SpecError(
                    chapter.path, block.line, f"{requirement.id} is retired, and not given again"
                )
            found[requirement.id] = requirement
            places.append((chapter, block, requirement))
    for place in places:
        _refuse_cut(*place)
    _refuse_dangling(chapters, found, retired)
    return {
        identifier: found[identifier]._replace(judged=judged)
        for identifier, judged in (
            dict.fromkeys(found, "verdict") | _judged_by_id(chapters, found)
        ).items()
    }


def case_level(cited: Iterable[str], found: Mapping[str, Requirement]) -> str:
    """Return the level of a case that cites these requirements: must, should or may.

    It is that of the weakest one that the verdict rests on, or of the weakest if it rests on none.
    """
    every = [found[identifier] for identifier in cited]
    judged = [each for each in every if each.judged == "verdict"] or every
    weakest = max(judged, key=lambda each: _STRENGTH[each.level])
    return ("must", "should", "may")[_STRENGTH[weakest.level]]


def _judged_by_id(chapters: Sequence[Chapter], found: Mapping[str, Requirement]) -> dict[str, str]:
    """Return the entries of the table of levels, by the id of the requirement."""
    judged: dict[str, str] = {}
    for chapter in chapters:
        _, _, section = chapter.text.partition(f"## {_LEVELS_HEADING}\n")
        first = chapter.text.count("\n") - section.count("\n") + 1
        for number, line in enumerate(section.partition("\n## ")[0].splitlines(), first):
            row = _LEVEL_ROW.fullmatch(line)
            for identifier in re.findall(rf"#({_ID})\)", row[1]) if row else ():
                if row and (row[2] not in JUDGED[1:] or identifier in judged):
                    reason = f"{identifier} is there twice, or judged at none of {JUDGED[1:]}"
                    raise SpecError(chapter.path, number, reason)
                if row and found[identifier].level.startswith("MUST"):
                    reason = f"a verdict rests on each MUST, so on {identifier} too"
                    raise SpecError(chapter.path, number, reason)
                judged[identifier] = row[2] if row else ""
    return judged


def render(requirements: Iterable[Requirement]) -> str:
    """Return the text of spec/requirements.json."""
    rows = [requirement._asdict() for requirement in requirements]
    document = {"$comment": f"CC0-1.0. {NOTICE}", "version": 1, "requirements": rows}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def words(text: str) -> list[str]:
    """Return the levels of the requirement words in Markdown, in their order."""
    return [_LEVEL_OF[match[1]] for match in _WORD.finditer(without_code(text)) if match[1]]


def _requirement(chapter: Chapter, block: Block, marker: re.Match[str], order: int) -> Requirement:
    identifier, title, target, anchor, role = marker.groups()
    if not identifier == target == anchor:
        raise SpecError(
            chapter.path,
            block.line,
            f"the id {identifier} links to #{target} and has the anchor #{anchor}",
        )
    body = block.text[marker.end() :]
    for match in _WORD.finditer(without_code(body)):
        if match[2]:
            raise SpecError(
                chapter.path, block.line_of(match[1]), f"{match[0]!r} is neither one word nor two"
            )
    levels = words(body)
    if not levels:
        raise SpecError(chapter.path, block.line, f"{identifier} has no requirement word")
    level = min(levels, key=_STRENGTH.__getitem__)
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise SpecError(
            chapter.path, block.line, f"{identifier} has the role {role}, which is none of {known}"
        )
    text = _whole_text(chapter, block, body)
    return Requirement(
        identifier, title, anchor, chapter.name, chapter.title, level, role, text, order
    )


def _whole_text(chapter: Chapter, block: Block, body: str) -> str:
    """Return the text of a requirement, with the list or table that its paragraph announces."""
    text = plain(body)
    if not text.endswith(":") or block.item:
        return text
    return f"{text} {plain(following(chapter, block))}".strip()


def _refuse_cut(chapter: Chapter, block: Block, requirement: Requirement) -> None:
    if requirement.text.endswith(":"):
        reason = "ends with a colon, and neither a list nor a table follows"
    elif not _SENTENCE_END.search(requirement.text):
        reason = "does not end with the end of a sentence"
    else:
        return
    raise SpecError(chapter.path, block.line, f"{requirement.id} {reason}")


def _refuse_stray_markers(chapter: Chapter, block: Block, marker: re.Match[str] | None) -> None:
    own = _MARKERS.findall(marker[0]) if marker else []
    markers = _MARKERS.findall(block.text)
    if len(markers) != len(own):
        stray = markers[-1]
        raise SpecError(
            chapter.path,
            block.line_of(stray),
            f"{stray} does not stand where a requirement begins, or is not of the form "
            "[DEC-2 Truncated file](#DEC-2){ #DEC-2 .req data-role=reader }",
        )


def _refuse_words(chapter: Chapter, block: Block) -> None:
    for match in _WORD.finditer(without_code(block.text)):
        if match[1]:
            raise SpecError(
                chapter.path,
                block.line_of(match[1]),
                f"{match[1]} stands outside a requirement: give the sentence an id, or put the "
                "word in double quotes if it is only spoken of",
            )


def _refuse_words_beside(chapter: Chapter) -> None:
    """Raise `SpecError` for requirement words in headings, tables, code and generated parts."""
    prose = {
        number
        for block in blocks(chapter)
        for number in range(block.line, block.line + len(block.lines))
    }
    for number, line in enumerate(chapter.text.splitlines(), 1):
        for match in _WORD.finditer(without_code(line)):
            if match[1] and number not in prose:
                raise SpecError(
                    chapter.path,
                    number,
                    f"{match[1]} stands where no requirement can: in a heading, a table, code, "
                    "or what is derived",
                )


def _retired(chapters: Sequence[Chapter]) -> set[str]:
    retired = set()
    for chapter in chapters:
        for block in blocks(chapter):
            if block.heading == _RETIRED_HEADING and block.item:
                match = _RETIRED.match(block.text)
                if match is None:
                    raise SpecError(
                        chapter.path, block.line, "a retired requirement is listed by its id"
                    )
                retired.add(match[1])
    return retired


def _refuse_dangling(
    chapters: Sequence[Chapter], found: dict[str, Requirement], retired: set[str]
) -> None:
    """Raise `SpecError` for a mention of an id that is neither in use nor retired."""
    prefixes = "|".join(sorted({identifier.split("-")[0] for identifier in found} or {"(?!)"}))
    mention = re.compile(rf"\b(?:{prefixes})-\d+\b")
    for chapter in chapters:
        for number, line in enumerate(chapter.text.splitlines(), 1):
            for file, identifier in _LINK.findall(line):
                target = found.get(identifier)
                if target is None or target.chapter != (file or chapter.name):
                    there = f"; it is in {target.chapter}" if target else ""
                    raise SpecError(
                        chapter.path,
                        number,
                        f"there is no {identifier} in {file or chapter.name}{there}",
                    )
            for identifier in mention.findall(line):
                if identifier not in found and identifier not in retired:
                    raise SpecError(chapter.path, number, f"there is no requirement {identifier}")
