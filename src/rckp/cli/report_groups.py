"""Many files with findings, as `rckp validate` shows them: by code and directory."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from rckp.cli.common_options import terminal_columns
from rckp.cli.report import COLOURS, where
from rckp.display import escape, pluralise
from rckp.validation.validate import Finding, Report

_MAX_NAMES = 3  # of files that are shown for a directory
_MAX_SHOWN = 5  # directories of a code that are shown
_MAX_KEPT = 10_000  # directories of a code that are told apart


class _Directory:
    """The files of one directory with the same finding: how many, and the first of them."""

    def __init__(self) -> None:
        self.number: int = 0
        self.first: list[tuple[str, str]] = []  # the name, and what was found where


class _Group:
    """The files with the same code, and the same advice."""

    def __init__(self, valid: bool | None) -> None:
        self.valid = valid
        self.number: int = 0
        self.directories: dict[str, _Directory] = {}
        self.other_files: int = 0  # in directories beyond `_MAX_KEPT`
        self._last: str | None = None

    def add(self, path: str, found: Finding) -> None:
        """Add a file; one with two such findings counts once."""
        if path == self._last:
            return
        self._last = path
        self.number += 1
        parent, name = os.path.split(path)
        if parent not in self.directories and len(self.directories) == _MAX_KEPT:
            self.other_files += 1
            return
        directory = self.directories.setdefault(parent, _Directory())
        directory.number += 1
        if len(directory.first) <= _MAX_NAMES:
            directory.first.append((name, where(found).removesuffix(": ") or found.message))


class Groups:
    """Files by code and advice, and then by directory. Memory does not grow with the files."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], _Group] = {}
        self._more = False

    def add(self, report: Report) -> None:
        """Add a file with findings."""
        for found in report.findings:
            valid = report.valid if found.severity == "error" else True
            group = self._groups.setdefault((found.code, found.hint), _Group(valid))
            group.add(report.path or "-", found)

    def show(self) -> None:
        """Print the groups, the largest first, with paths below the directory of all."""
        prefix = _common(parent for group in self._groups.values() for parent in group.directories)
        if prefix:
            click.echo(f"The paths below start with {escape(prefix)}")
        groups = sorted(self._groups.items(), key=lambda item: -item[1].number)
        for (code, hint), group in groups:
            click.echo()
            label = click.style(code, bold=True, fg=COLOURS[group.valid])
            kind = " (warning)" if group.valid else ""
            click.echo(f"{label}{kind}: {pluralise(group.number, 'file')}")
            click.echo(click.formatting.wrap_text(escape(hint), 79, "  ", "  "))
            self._show_directories(group, prefix)
        click.echo()
        if self._more:
            click.echo("`rckp validate --format concise` lists every file, in one line each.")

    def _show_directories(self, group: _Group, prefix: str) -> None:
        width = terminal_columns()
        ranked = sorted(group.directories.items(), key=lambda item: (-item[1].number, item[0]))
        limit = _MAX_SHOWN + (len(ranked) == _MAX_SHOWN + 1)
        for parent, directory in ranked[:limit]:
            below = os.path.join(parent, "")[len(prefix) :] if parent else ""
            indent = "         "
            if below and directory.number > 1:
                click.echo(f"{directory.number:>7,}  {escape(below)}")
                below = ""
            # A line "and 1 more" would take the place of the name.
            few = directory.number <= _MAX_NAMES + 1
            shown = directory.first if few else directory.first[:_MAX_NAMES]
            for name, found in shown:
                line = f"{indent}{escape(below + name)}"
                room = width - len(line) - 3
                # The name must stay whole, and what was found is of use only if it is.
                click.echo(f"{line}  {escape(found)}" if len(escape(found)) <= room else line)
            if more := directory.number - len(shown):
                self._more = True
                click.echo(f"{indent}… and {more:,} more")
        rest = ranked[limit:]
        files = sum(each.number for _, each in rest) + group.other_files
        if files:
            self._more = True
            known = f"{len(rest):,}{' or more' if group.other_files else ''}"
            click.echo(f"{files:>7,}  … in {known} other directories")


def _common(parents: Iterable[str]) -> str:
    """The longest beginning of all paths that ends with a separator."""
    common: list[str] | None = None
    for parent in parents:
        parts = parent.split(os.sep) if parent else []
        if common is None:
            common = parts
        else:
            same = 0
            for one, other in zip(common, parts, strict=False):
                if one != other:
                    break
                same += 1
            common = common[:same]
    prefix = os.sep.join([*(common or []), ""])
    return "" if prefix == os.sep else prefix
