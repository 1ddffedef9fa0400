"""Beside each requirement of a chapter a link to the cases that test it.

The link says only that there are cases, or that there is none; how many there are is said by
a style sheet of the site, so that a new case does not rewrite the chapters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rckp.derive.banner import NOTICE
from rckp.derive.requirements import Requirement

DIRECTORY = "cases/by-requirement"  # below spec/

_MARKER = re.compile(
    r"^(?P<before>.*?)(?P<marker>\[(?P<id>[A-Z]+-\d+)[^\]]*\]\(#[^)]*\)\{ #\S+ \.req [^}]*\})\s+"
    r"(?:\[[\w ]+\]\([^)]*\)\{ \.cases \}\s+)?",
    re.MULTILINE,
)


def annotate(text: str, requirements: Mapping[str, Requirement], counts: Mapping[str, int]) -> str:
    """A chapter with the link after each of its markers; any that is there is replaced."""

    def linked(match: re.Match[str]) -> str:
        link = link_to_cases(requirements[match["id"]], counts)
        hanging = " " * len(match["before"])  # in a list item
        return f"{match['before']}{match['marker']} {link}\n{hanging}"

    return _MARKER.sub(linked, text)


def link_to_cases(requirement: Requirement, counts: Mapping[str, int], directory: str = "") -> str:
    """The link from a page; `directory` leads from there to spec/, such as "spec/"."""
    says = "cases" if counts[requirement.id] else "no case"
    target = f"{directory}{DIRECTORY}/{requirement.chapter}#{requirement.anchor}"
    return f"[{says}]({target}){{ .cases }}"


def references(requirements: Mapping[str, Requirement]) -> str:
    """The text of docs/includes/requirements.md: where `[DEC-2]` in a docstring leads to.

    It is put at the end of every page, and is relative to the directory of docs/api.md.
    """
    lines = [f"[{each.id}]: spec/{each.chapter}#{each.anchor}" for each in requirements.values()]
    return "\n".join([f"<!-- {NOTICE} -->", "", *lines]) + "\n"


def counters(counts: Mapping[str, int]) -> str:
    """The text of docs/cases.css: the number of cases, after the link to them."""
    rules = [
        f'.md-typeset .cases[href$="#{identifier}"]::after {{ content: ": {count}"; }}'
        for identifier, count in counts.items()
        if count
    ]
    return "\n".join([f"/* {NOTICE} */", *rules]) + "\n"
