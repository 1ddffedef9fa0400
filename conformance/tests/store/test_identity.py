"""Hashes, run ids, timestamps and names, beyond what the cases hold."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.store.examples import fnv_1a
from conformance.tests.store.model import timestamp
from rckp.format.identity import StableHash, stable_hash64
from rckp.format.paths import base_dir_name, sanitise, scope_name
from rckp.strategies import strings, u64s

SEPARATORS = st.text("-+0123456789_ ٣x\n", max_size=60)


@given(strings())
def test_the_hash_is_that_of_the_pseudo_code(text: str) -> None:
    assert stable_hash64(text) == fnv_1a(text.encode())


@given(st.lists(strings(), max_size=5))
def test_a_hash_goes_on_where_the_text_is_cut(pieces: list[str]) -> None:
    state = StableHash()
    for piece in pieces:
        state.update(piece)
    assert state.value == stable_hash64("".join(pieces))


@given(strings(), strings(), strings(), strings())
def test_the_hashes_of_an_identity(a: str, b: str, c: str, d: str) -> None:
    expected = fnv_1a(f"{a}|{b}".encode()), fnv_1a(f"{c}|{d}".encode())
    assert rckp.Identity(a, b, c, d).signature_hashes == expected


def test_a_long_identity_is_hashed_but_not_kept() -> None:
    from rckp.format.identity import _remembered_hashes

    before = _remembered_hashes.cache_info().currsize
    long = rckp.Identity("x" * 100_000, "", "", "")
    assert long.signature_hashes[0] == fnv_1a(b"x" * 100_000 + b"|")
    assert _remembered_hashes.cache_info().currsize == before


def test_an_identity_of_another_type_is_refused() -> None:
    with pytest.raises(rckp.EncodeError) as caught:
        _ = rckp.Identity("a", None, "c", "d").signature_hashes  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.field) == ("wrong-type", "algorithm_parameters")


def test_the_form_of_a_run_id() -> None:
    before = time.time_ns() // 1_000_000
    run_id = rckp.generate_run_id("a-b")
    after = time.time_ns() // 1_000_000
    name, pid, sequence, ms = run_id.rsplit("-", 3)
    assert (name, pid, len(sequence)) == ("a-b", str(os.getpid()), 20)
    assert before <= int(ms) <= after
    assert rckp.run_id_timestamp_ms(run_id) == int(ms)


def test_the_sequence_counts_from_zero() -> None:
    program = "import rckp; print(rckp.generate_run_id('x'), rckp.generate_run_id('x'))"
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert [run_id.split("-")[2] for run_id in out.split()] == ["0" * 20, "0" * 19 + "1"]


def test_no_two_threads_get_the_same_run_id() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: rckp.generate_run_id("x"), range(4000)))
    assert len(set(made)) == 4000


def test_a_clock_before_the_epoch_gives_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: -5_000_000_000)
    assert rckp.generate_run_id("x").endswith("-0")


@given(SEPARATORS)
def test_the_timestamp_is_that_of_the_pseudo_code(run_id: str) -> None:
    assert rckp.run_id_timestamp_ms(run_id) == timestamp(run_id)


@given(st.one_of(strings(), st.text("_-aZ9é中😀./ ", max_size=20)))
def test_sanitising_is_that_of_the_pseudo_code(text: str) -> None:
    allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    out = "".join(c if c in allowed else "_" for c in text)
    while out[:1] == "_":
        out = out[1:]
    while out[-1:] == "_":
        out = out[:-1]
    assert sanitise(text) == (out or "unnamed")
    assert rckp.checkpoint_file_name(text) == f"run-{out or 'unnamed'}.ckpt"


@given(strings(), strings(), u64s(), u64s())
def test_a_scope_is_two_plain_components(a: str, p: str, ah: int, ph: int) -> None:
    path = rckp.scope_path(a, p, ah, ph)
    assert str(path) == scope_name(a, p, ah, ph)
    assert len(path.parts) == 2
    for component, start, hash_ in zip(path.parts, ("alg-", "prob-"), (ah, ph), strict=True):
        assert component.startswith(start)
        assert component.isascii()
        assert int(component[-16:], 16) == hash_


def test_the_base_directory_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROMA_CHECKPOINT_DIR", "/r")
    assert rckp.default_base_dir() == Path("/r")
    assert rckp.default_base_dir(explicit="/e", project="/p") == Path("/e")
    monkeypatch.setenv("ROMA_CHECKPOINT_DIR", "")
    expected = base_dir_name(None, None, os.environ, sys.platform)
    assert rckp.default_base_dir() == Path(expected)
    for variable in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.delenv(variable, raising=False)
    assert rckp.default_base_dir(project=Path("/p")) == Path("/p")
    assert rckp.default_base_dir() == Path(".roma/checkpoints")


def test_a_trailing_separator_is_not_doubled() -> None:
    assert base_dir_name(None, None, {"HOME": "/"}, "linux") == "/.local/state/roma/checkpoints"
