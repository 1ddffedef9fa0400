"""What all formats of `rckp validate` share."""

from __future__ import annotations

from rckp.display import path_members, pluralise
from rckp.validation.validate import Finding, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from rckp.validation.other_layouts import OtherLayout

VERDICTS: dict[bool | None, str] = {True: "valid, but", False: "invalid", None: "unreadable"}
COLOURS: dict[bool | None, str] = {True: "yellow", False: "red", None: "magenta"}


class Summary:
    """How many files came out how."""

    def __init__(self) -> None:
        self.valid: int = 0
        self.invalid: int = 0
        self.unreadable: int = 0
        self.warnings: int = 0
        self.skipped: int = 0
        self.ignored: int | None = None  # a number if --select or --ignore is given
        self.empty_directories: list[str] = []
        self.links: dict[str, int] = {}  # below each of these directories

    @property
    def total(self) -> int:
        """The number of files that were validated."""
        return self.valid + self.invalid + self.unreadable

    @property
    def is_of_one_file(self) -> bool:
        """Whether one file was validated and nothing else was found, so that counts say nothing."""
        return self.total == 1 and not (self.skipped or self.ignored)

    def count(self, report: Report) -> None:
        """Count a report."""
        if report.valid:
            self.valid += 1
            if not report.findings:  # as nearly all files
                return
        elif report.valid is None:
            self.unreadable += 1
        else:
            self.invalid += 1
        self.warnings += any(f.severity == "warning" for f in report.findings)

    def count_ignored(self) -> None:
        """Count a file whose error is ignored."""
        self.ignored = (self.ignored or 0) + 1

    def count_skipped(self, _: str) -> None:
        """Count an entry of a directory that is not a checkpoint."""
        self.skipped += 1

    def as_json(self) -> dict[str, object]:
        """The member `summary` of the JSON formats."""
        return {
            "total": self.total,
            "valid": self.valid,
            "invalid": self.invalid,
            "unreadable": self.unreadable,
            "with_warnings": self.warnings,
            "skipped": self.skipped,
            **({} if self.ignored is None else {"ignored": self.ignored}),
            "directories_without_checkpoint": [
                path_members(each) for each in self.empty_directories
            ],
        }

    def describe(self) -> str:
        """The counts in one line."""
        parts = [f"{self.valid:,} valid", f"{self.invalid:,} invalid"]
        if self.unreadable:
            parts.append(f"{self.unreadable:,} unreadable")
        if self.warnings:
            parts.append(f"{self.warnings:,} with warnings")
        if self.ignored:
            parts.append(f"{self.ignored:,} ignored")
        if self.skipped:
            parts.append(f"{pluralise(self.skipped, 'other file')} skipped")
        return f"{pluralise(self.total, 'file')}: {', '.join(parts)}"

    def empty(self) -> Iterator[tuple[str, str]]:
        """Each directory without a checkpoint, and what is below it instead."""
        for base in self.empty_directories:
            links = self.links.get(base, 0)
            reason = "nothing below has a name that ends in .ckpt"
            if links:
                reason = f"{pluralise(links, 'symbolic link')} below, and links are not followed"
            yield base, f"no checkpoint in it: {reason}"


class Reporter:
    """One of the formats: `begin`, then `file` for each report, then `end`."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose

    def begin(self) -> None:
        """Print the text before the first file."""

    def prints(self, report: Report, named: bool) -> bool:
        """Whether `file` prints something."""
        return True

    def file(self, report: Report, named: bool) -> None:
        """Print one file. `named` is whether a person named it, rather than its directory."""

    def end(self, summary: Summary) -> None:
        """Print the text after the last file."""

    def interrupt(self) -> None:
        """Print what `file` has kept back, because there is no `end`."""


def where(found: Finding) -> str:
    """The place of a finding, as the beginning of a sentence."""
    return "" if found.field is None else f"byte {found.offset}, {found.field}: "


def other_layout_as_json(other: OtherLayout) -> dict[str, object]:
    """How a file reads in another layout, as an object; integers are decimal strings."""
    from rckp.format.record_json import value_to_json  # few files have another layout

    return {
        "layout": other.layout,
        "complete": other.error is None,
        "iteration": value_to_json(other.iteration),
        "evaluations": value_to_json(other.evaluations),
        "error": None if other.error is None else other.error._asdict(),
        "message": other.message,
    }
