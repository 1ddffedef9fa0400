"""`--select` and `--ignore`: which findings count."""

from __future__ import annotations

import click

from rckp._codes import CODES
from rckp.validation.validate import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

FINDING_CODES = tuple(c for c, row in CODES.items() if row.phase in ("decode", "warn", "io"))


class CodeList(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """The type of an option whose value is one code of a finding, or several with commas."""

    name = "code"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split and check the codes."""
        if isinstance(value, tuple):
            return value
        codes = tuple(each.strip() for each in str(value).split(","))
        for code in codes:
            if code not in FINDING_CODES:
                import difflib  # for the one who mistyped

                near = difflib.get_close_matches(code, FINDING_CODES, 1)
                hint = f" Did you mean {near[0]}?" if near else " `rckp explain` lists all codes."
                self.fail(f"{code!r} is not the code of a finding.{hint}", param, ctx)
        return codes

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the last code."""
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{code}", help=CODES[code].meaning)
            for code in FINDING_CODES
            if code.startswith(last)
        ]


class FindingFilter:
    """The findings with these codes; with no codes, those of all."""

    def __init__(self, select: tuple[tuple[str, ...], ...], ignore: tuple[tuple[str, ...], ...]):
        wanted = {code for codes in select for code in codes} or set(FINDING_CODES)
        wanted -= {code for codes in ignore for code in codes}
        # A file that cannot be read is reported, unless its code is ignored by name.
        unread = {code for code in FINDING_CODES if CODES[code].phase == "io"}
        self._wanted = wanted | (unread - {code for codes in ignore for code in codes})
        self.is_active: bool = bool(select or ignore)

    def apply(self, report: Report) -> Report | None:
        """The report without ignored findings. None if the error of the file is ignored."""
        if not self.is_active or not report.findings:
            return report
        kept = tuple(each for each in report.findings if each.code in self._wanted)
        if not report.valid and not any(each.severity == "error" for each in kept):
            return None
        return report._replace(findings=kept)
