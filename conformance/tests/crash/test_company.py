"""The kind `company` of the crash tests: each wrong store is noticed by its check."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import ROOT
from conformance.tests.crash.company_mutants import PATCHES
from conformance.tests.tools import need
from conformance.tools.implementation_mutation.mutant import Crash, mutant
from conformance.tools.implementation_mutation.trial import IMPLEMENTATIONS, built
from rckp.conformance.crash import company, ptrace
from rckp.conformance.crash.company import COMPANY
from rckp.conformance.crash.runner import CrashRunner
from rckp.conformance.crash.scenarios import load_scenarios
from rckp.conformance.crash.traced_adapter import TracedAdapter
from rckp.conformance.results_file import load
from rckp.conformance.suite import Suite

PYTHON = [sys.executable, "-P", "-m", "rckp.conformance.reference"]
WRONG = [sys.executable, "-m", "conformance.tests.crash.company_mutants"]
SCENARIOS = {each.name: each for each in load_scenarios(Suite.locate())}

# For each wrong store a scenario and the check that notices it.
NOTICED = {
    "no lock": ("overwrite", "lock-let-go"),
    "a shared lock": ("delete", "lock-shared"),
    "the lock of another directory": ("purge", "lock-let-go"),
    "everything swept without the lock": ("sweep", "lock-held"),
    "the first write renames": ("first-write", "other-run"),
    "not created exclusively": ("overwrite", "temporary-taken"),
    "the same names in every process": ("first-write-in-existing-scope", "temporary-names"),
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

_WRITE, _STORE, _DECODE = "write.c", "store.c", "decode.c"
# Mutants of the implementation in C, beside those of the catalogue.
C_MUTANTS = {
    "no lock": mutant(
        Crash("delete", "company", "lock-held"),
        (
            _STORE,
            "*held = flock(directory_fd, LOCK_EX | LOCK_NB) == 0;",
            "*held = directory_fd >= 0;",
        ),
    ),
    "a shared lock": mutant(
        Crash("overwrite", "company", "lock-shared"),
        (
            _STORE,
            "flock(directory_fd, LOCK_EX | LOCK_NB)",
            "flock(directory_fd, LOCK_SH | LOCK_NB)",
        ),
    ),
    "the lock of another directory": mutant(
        Crash("first-write-in-existing-scope", "company", "lock-let-go"),
        (
            _STORE,
            "flock(directory_fd, LOCK_EX | LOCK_NB)",
            'flock(store_open_directory(directory_fd, "..", false), LOCK_EX | LOCK_NB)',
        ),
    ),
    "the first write renames": mutant(
        Crash("first-write-in-existing-scope", "company", "foreign-file"),
        (
            _WRITE,
            "if (linkat(j->directory, j->temporary, j->directory, j->name, 0) == 0) {\n"
            "            *late = unlinkat(j->directory, j->temporary, 0) != 0;",
            "if (renameat(j->directory, j->temporary, j->directory, j->name) == 0) {",
        ),
    ),
    "not created exclusively": mutant(
        Crash("quarantine", "company", "temporary-taken"),
        (
            _WRITE,
            "O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);",
            "O_WRONLY | O_CREAT | O_CLOEXEC, mode);",
        ),
    ),
    "temporary name not checked": mutant(
        Crash("overwrite", "company", "temporary-for-link"),
        (
            _WRITE,
            "    return leads == 1;\n",
            "    return leads >= 0;\n",
        ),
    ),
    "links followed": mutant(
        Crash("overwrite", "company", "scope-for-link"),
        (
            _WRITE,
            "int fd = store_open_directory(at, name, false);\n    if (fd < 0 && (errno == ENOTDIR",
            "int fd = store_open_directory(at, name, true);\n    if (fd < 0 && (errno == ENOTDIR",
        ),
    ),
    "not looked at again before removal": mutant(
        Crash("purge", "company", "replaced-by-other-run"),
        (
            _STORE,
            "    if (!store_unchanged(judged, &now))\n        return true;\n",
            "    (void)judged;\n",
        ),
    ),
    "looked at without the time": mutant(
        Crash("purge", "company", "rewritten-in-place"),
        (
            _STORE,
            "a->st_ino == b->st_ino && a->st_size == b->st_size\n"
            "        && a->st_mtim.tv_sec == b->st_mtim.tv_sec\n"
            "        && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;",
            "a->st_ino == b->st_ino;",
        ),
    ),
    "set-ID bits copied": mutant(
        Crash("overwrite", "company", "mode"),
        (
            _WRITE,
            "mode_t mode = old->st_mode & 0777;",
            "mode_t mode = old->st_mode & 07777;",
        ),
    ),
    "permissions set by name": mutant(
        Crash("overwrite", "company", "temporary-for-link"),
        (
            _WRITE,
            "fchmod(fd, mode) != 0",
            "fchmodat(j->directory, j->temporary, mode, 0) != 0",
        ),
    ),
    "permissions widened": mutant(
        Crash("overwrite", "company", "group-lost"),
        (
            _WRITE,
            "        mode = (mode & 0700) | both << 3 | both;\n",
            "        (void)both;\n",
        ),
    ),
    "umask ignored": mutant(
        Crash("first-write", "company", "umask"),
        (
            _WRITE,
            "    bool ok = write_all(fd, j->data, j->size);\n",
            "    bool ok = write_all(fd, j->data, j->size) && fchmod(fd, 0666) == 0;\n",
        ),
    ),
    "directories that all may write to": mutant(
        Crash("first-write", "company", "umask"),
        (
            _WRITE,
            "    int fd = store_open_directory(at, name, false);\n    if (fd < 0 && (errno",
            "    fchmodat(at, name, 0777, 0);\n"
            "    int fd = store_open_directory(at, name, false);\n    if (fd < 0 && (errno",
        ),
    ),
    "allocated as declared": mutant(
        Crash("overwrite", "company", "memory"),
        (
            _DECODE,
            "    uint64_t next = *cap ? 2 * (uint64_t)*cap : FIRST_PIECE;\n",
            "    uint64_t next = declared;\n",
        ),
    ),
    "unreadable directories not reported": mutant(
        Crash("purge", "company", "descriptors-in-tree"),
        (
            _STORE,
            "    strings_add(l->reported, must_copy(path));              /* STORE-7, STORE-8 */\n"
            "    if (store_hides(error) && !l->unread)\n        l->unread = error;\n",
            "    (void)l, (void)path, (void)error;\n",
        ),
    ),
    "what cannot be read is quarantined": mutant(
        Crash("overwrite", "company", "no-permission"),
        (
            _WRITE,
            'return strcmp(e.code, "not-a-file") == 0 ? ANYTHING : UNKNOWN;',
            "return ANYTHING;",
        ),
    ),
    "a wrong code without a descriptor": mutant(
        Crash("quarantine", "company", "descriptors"),
        (
            _WRITE,
            "    else if (fd < 0)\n        not_written(j);\n    return fd;\n",
            "    else if (fd < 0)\n"
            '        rckp_fail_sys(j->e, "lock-timeout-or-so", errno);\n    return fd;\n',
        ),
    ),
}

_NEEDS_ROOT = ("permissions widened",)


@pytest.fixture(autouse=True)
def traceable() -> None:
    reason = ptrace.unsupported_reason()
    if reason:
        pytest.skip(reason)


def failing(words: Sequence[str], scenario: str, name: str) -> list[str]:
    """The ids of the checks of one entry of `COMPANY` that a store fails."""
    (chosen,) = [each for each in COMPANY if each.name == name]
    assert scenario in chosen.scenarios
    start = partial(TracedAdapter, words, 20.0)
    with CrashRunner(start, 2, ("company",), (name,)) as crash_runner:
        alone, *others = crash_runner.outcomes([SCENARIOS[scenario]])
    assert alone.result.outcome == "pass"  # alone, it works
    made = [each for each in others if company.company_of(each.check.rest)[0] is chosen]
    if made and all(each.result.outcome == "unsupported" for each in made):
        # Another user cannot run the adapter here.
        pytest.skip(made[0].result.grading.differences[0])
    return [each.check.id for each in made if each.result.outcome == "fail"]


def test_every_wrong_store_has_a_check() -> None:
    assert NOTICED.keys() == PATCHES.keys()


@pytest.mark.parametrize("patch", PATCHES)
def test_a_wrong_store_is_noticed(patch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if patch in _NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("only root can give a file a group")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    scenario, name = NOTICED[patch]
    assert failing([*WRONG, patch], scenario, name)


@pytest.mark.toolchain
@pytest.mark.parametrize("name", C_MUTANTS)
def test_a_mutant_in_c_is_noticed(name: str) -> None:
    if name in _NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("only root can give a file a group")
    need("cc", "make", how="`apt-get install gcc make libc6-dev`")
    (implementation,) = (each for each in IMPLEMENTATIONS if each.name == "C")
    noticed = C_MUTANTS[name].noticed
    assert isinstance(noticed, Crash)
    with built(implementation, C_MUTANTS[name]) as words:
        assert failing(words, noticed.scenario, noticed.rest)


@pytest.mark.toolchain
@pytest.mark.slow
def test_the_store_in_c_in_company(c_adapter: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    chosen = ("--kind", "company", "--results", results)
    found = rckp("conformance", "crash", *chosen, "--", c_adapter)
    assert found.status == 0, found.text
    assert {each.outcome for each in load(results).results} <= {"pass", "unsupported"}


@pytest.mark.slow
def test_the_reference_in_company() -> None:
    found = rckp("conformance", "crash", "--kind", "company", "--grade", "location", "--", *PYTHON)
    assert found.status == 0, found.text
    assert "under company" in found.text


def test_the_table_names_scenarios_and_requirements() -> None:
    texts = Suite.locate().requirement_texts()
    names = [each.name for each in COMPANY]
    assert len(set(names)) == len(names)
    for each in COMPANY:
        assert set(each.scenarios) <= SCENARIOS.keys()
        assert set(each.requirements) <= texts.keys()
        assert company.company_of(f"{each.name}/openat#1") == (each, "openat#1")
        assert company.company_of(each.name) == (each, "")
