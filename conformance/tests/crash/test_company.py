"""The kind `company` of the crash tests: each wrong store is noticed by its check."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import ROOT
from conformance.tests.crash.company_mutants import PATCHES
from conformance.tests.tools import need
from rckp.conformance.crash import company, ptrace, runner
from rckp.conformance.crash.company import COMPANY
from rckp.conformance.crash.runner import CrashRunner
from rckp.conformance.crash.scenarios import load_scenarios
from rckp.conformance.crash.traced_adapter import TracedAdapter
from rckp.conformance.results_file import load
from rckp.conformance.suite import Suite

PYTHON = [sys.executable, "-P", "-m", "rckp.conformance.reference"]
WRONG = [sys.executable, "-m", "conformance.tests.crash.company_mutants"]
SCENARIOS = {each.name: each for each in load_scenarios(Suite.found())}

# For each wrong store a scenario and the check that notices it.
NOTICED = {
    "no lock": ("overwrite", "lock-let-go"),
    "a shared lock": ("delete", "lock-shared"),
    "the lock of another directory": ("purge", "lock-let-go"),
    "everything swept without the lock": ("sweep", "lock-held"),
    "the first write renames": ("first-write", "other-run"),
    "not created exclusively": ("overwrite", "temporary-taken"),
    "temporary name not checked": ("overwrite", "temporary-for-link"),
    "published name not checked": ("overwrite", "temporary-for-file"),
    "links followed": ("delete", "scope-for-link"),
    "not looked at again before removal": ("purge", "replaced-by-same-run"),
    "looked at without the time": ("purge", "rewritten-in-place"),
    "set-ID bits copied": ("overwrite", "mode"),
    "permissions set by name": ("overwrite", "temporary-for-link"),
    "permissions widened": ("overwrite", "group-lost"),
    "umask ignored": ("first-write", "umask"),
    "allocated as declared": ("overwrite", "memory"),
    "filled as declared": ("overwrite", "memory"),
}

# What is changed in the C implementation: a text, and what stands there then.
C_MUTANTS = {
    "no lock": (
        "*held = flock(directory_fd, LOCK_EX | LOCK_NB) == 0;",
        "*held = directory_fd >= 0;",
        ("delete", "lock-held"),
    ),
    "a shared lock": (
        "flock(directory_fd, LOCK_EX | LOCK_NB)",
        "flock(directory_fd, LOCK_SH | LOCK_NB)",
        ("overwrite", "lock-shared"),
    ),
    "the lock of another directory": (
        "flock(directory_fd, LOCK_EX | LOCK_NB)",
        'flock(store_open_directory(directory_fd, "..", false), LOCK_EX | LOCK_NB)',
        ("first-write-in-existing-scope", "lock-let-go"),
    ),
    "the first write renames": (
        "if (linkat(j->directory, j->temporary, j->directory, j->name, 0) == 0) {\n"
        "            *late = unlinkat(j->directory, j->temporary, 0) != 0;",
        "if (renameat(j->directory, j->temporary, j->directory, j->name) == 0) {",
        ("first-write-in-existing-scope", "foreign-file"),
    ),
    "not created exclusively": (
        "O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);",
        "O_WRONLY | O_CREAT | O_CLOEXEC, mode);",
        ("quarantine", "temporary-taken"),
    ),
    "temporary name not checked": (
        "    return leads == 1;\n",
        "    return leads >= 0;\n",
        ("overwrite", "temporary-for-link"),
    ),
    "links followed": (
        "int fd = store_open_directory(at, name, false);\n    if (fd < 0 && (errno == ENOTDIR",
        "int fd = store_open_directory(at, name, true);\n    if (fd < 0 && (errno == ENOTDIR",
        ("overwrite", "scope-for-link"),
    ),
    "not looked at again before removal": (
        "    if (!store_unchanged(judged, &now))\n        return true;\n",
        "    (void)judged;\n",
        ("purge", "replaced-by-other-run"),
    ),
    "looked at without the time": (
        "a->st_ino == b->st_ino && a->st_size == b->st_size\n"
        "        && a->st_mtim.tv_sec == b->st_mtim.tv_sec\n"
        "        && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;",
        "a->st_ino == b->st_ino;",
        ("purge", "rewritten-in-place"),
    ),
    "set-ID bits copied": (
        "mode_t mode = old->st_mode & 0777;",
        "mode_t mode = old->st_mode & 07777;",
        ("overwrite", "mode"),
    ),
    "permissions set by name": (
        "fchmod(fd, mode) != 0",
        "fchmodat(j->directory, j->temporary, mode, 0) != 0",
        ("overwrite", "temporary-for-link"),
    ),
    "permissions widened": (
        "        mode = (mode & 0700) | both << 3 | both;\n",
        "        (void)both;\n",
        ("overwrite", "group-lost"),
    ),
    "umask ignored": (
        "    bool ok = write_all(fd, j->data, j->size);\n",
        "    bool ok = write_all(fd, j->data, j->size) && fchmod(fd, 0666) == 0;\n",
        ("first-write", "umask"),
    ),
    "directories that all may write to": (
        "    int fd = store_open_directory(at, name, false);\n    if (fd < 0 && (errno",
        "    fchmodat(at, name, 0777, 0);\n"
        "    int fd = store_open_directory(at, name, false);\n    if (fd < 0 && (errno",
        ("first-write", "umask"),
    ),
    "allocated as declared": (
        "    uint64_t next = *cap ? 2 * (uint64_t)*cap : FIRST_PIECE;\n",
        "    uint64_t next = declared;\n",
        ("overwrite", "memory"),
    ),
    "unreadable directories not reported": (
        "            strings_add(l->reported, must_copy(path));      /* STORE-7, STORE-8 */\n",
        "            errno = 0;\n",
        ("purge", "descriptors-in-tree"),
    ),
    "what cannot be read is quarantined": (
        'return strcmp(e.code, "not-a-file") == 0 ? ANYTHING : UNKNOWN;',
        "return ANYTHING;",
        ("overwrite", "no-permission"),
    ),
    "a wrong code without a descriptor": (
        "    else if (fd < 0)\n        not_written(j);\n    return fd;\n",
        "    else if (fd < 0)\n"
        '        rckp_fail_sys(j->e, "lock-timeout-or-so", errno);\n    return fd;\n',
        ("quarantine", "descriptors"),
    ),
}

_NEEDS_ROOT = ("permissions widened",)


@pytest.fixture(autouse=True)
def traceable() -> None:
    reason = ptrace.unsupported_reason()
    if reason:
        pytest.skip(reason)


def failing(
    words: Sequence[str], scenario: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The ids of the checks of one entry of `COMPANY` that a store fails."""
    (chosen,) = [each for each in COMPANY if each.name == name]
    assert scenario in chosen.scenarios
    monkeypatch.setattr(runner, "COMPANY", (chosen,))
    with CrashRunner(lambda: TracedAdapter(words, 20.0), 2, ("company",)) as crash_runner:
        outcomes = list(crash_runner.outcomes([SCENARIOS[scenario]]))
    assert outcomes[0].asked.outcome == "pass"  # alone, it works
    company = [each.asked for each in outcomes if "/company/" in each.check.id]
    if company and all(each.outcome == "unsupported" for each in company):
        pytest.skip(company[0].grading.differences[0])  # another user cannot run the adapter here
    return [each.check.id for each in outcomes if each.asked.outcome == "fail"]


def test_every_wrong_store_has_a_check() -> None:
    assert NOTICED.keys() == PATCHES.keys()


@pytest.mark.parametrize("mutant", PATCHES)
def test_a_wrong_store_is_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if mutant in _NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("only root can give a file a group")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    scenario, name = NOTICED[mutant]
    failed = failing([*WRONG, mutant], scenario, name, monkeypatch)
    assert any(each.startswith(f"crash/{scenario}/company/{name}") for each in failed)


@pytest.fixture(scope="module")
def c_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("cc", "make", how="`apt-get install gcc make libc6-dev`")
    directory = tmp_path_factory.mktemp("c")
    source = shutil.copytree(ROOT / "conformance/implementations/c", directory / "c")
    subprocess.run(["make", "-s", "CC=cc", "rckp-adapter"], cwd=source, check=True)
    return source


@pytest.mark.toolchain
@pytest.mark.parametrize("mutant", C_MUTANTS)
def test_a_mutant_in_c_is_noticed(
    mutant: str, c_source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mutant in _NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("only root can give a file a group")
    before, after, (scenario, name) = C_MUTANTS[mutant]
    source = shutil.copytree(c_source, tmp_path / "c")
    changed = 0
    for path in (source / "write.c", source / "store.c", source / "decode.c"):
        text = path.read_text()
        changed += text.count(before)
        path.write_text(text.replace(before, after))
    assert changed == 1
    subprocess.run(["make", "-s", "CC=cc -w", "rckp-adapter"], cwd=source, check=True)
    failed = failing([str(source / "rckp-adapter")], scenario, name, monkeypatch)
    assert any(each.startswith(f"crash/{scenario}/company/{name}") for each in failed)


@pytest.mark.toolchain
@pytest.mark.slow
def test_the_store_in_c_in_company(c_source: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    chosen = ("--kind", "company", "--results", results)
    found = rckp("conformance", "crash", *chosen, "--", c_source / "rckp-adapter")
    assert found.status == 0, found.text
    assert {each.outcome for each in load(results).results} <= {"pass", "unsupported"}


@pytest.mark.slow
def test_the_reference_in_company() -> None:
    found = rckp("conformance", "crash", "--kind", "company", "--grade", "location", "--", *PYTHON)
    assert found.status == 0, found.text
    assert "under company" in found.text


def test_the_results_are_the_same_every_time(tmp_path: Path) -> None:
    written = []
    for number in range(2):
        results = tmp_path / f"{number}.jsonl"
        chosen = ("--scenario", "collision", "--scenario", "delete", "--kind", "company")
        found = rckp("conformance", "crash", *chosen, "--results", results, "--", *PYTHON)
        assert found.status == 0, found.text
        written.append(results.read_bytes())
    assert written[0] == written[1]


def test_the_table_names_scenarios_and_requirements() -> None:
    texts = Suite.found().requirement_texts()
    names = [each.name for each in COMPANY]
    assert len(set(names)) == len(names)
    for each in COMPANY:
        assert set(each.scenarios) <= SCENARIOS.keys()
        assert set(each.requirements) <= texts.keys()
        assert company.company_of(f"{each.name}/openat#1") == (each, "openat#1")
        assert company.company_of(each.name) == (each, "")
