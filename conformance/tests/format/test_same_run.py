"""The warning that two files have the same run, whatever their names."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

import rckp
from rckp.cli.validation_run import same_run_twice

RUNS = (("a-1", 1, 2), ("a-1", 1, 3), ("b/c", 1, 2), ("", 0, 0))
NAMES = ("run-a-1.ckpt", "run-b/c.ckpt", "run-.ckpt", "x.ckpt", "run-a-1.ckpt.ckpt")
DIRECTORIES = ("", "/", "d", "d/e", "d/run-a-1.ckpt", "f")
REPORTS = st.builds(
    lambda directory, name, run: rckp.Report(os.path.join(directory, name), True, (), run),
    st.sampled_from(DIRECTORIES),
    st.sampled_from(NAMES),
    st.sampled_from((*RUNS, None)),
)


@given(st.lists(REPORTS, max_size=12))
def test_the_first_file_of_the_run_is_named(reports: list[rckp.Report]) -> None:
    seen: dict[object, str | None] = {}
    for report, (found, named) in zip(
        reports, same_run_twice((each, True) for each in reports), strict=True
    ):
        assert named
        assert found._replace(findings=()) == report
        other = seen.setdefault(report.run, report.path) if report.run else report.path
        messages = [each.message for each in found.findings]
        if other == report.path:
            assert messages == []
        else:
            assert messages == [f"is also that of {other}"]
