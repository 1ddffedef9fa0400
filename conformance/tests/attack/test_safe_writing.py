"""Writing where others may write, own files, hold locks, or take what a process needs."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import rckp
from rckp.store import durable
from rckp.store.durable import Write
from tests.store.examples import IDENTITY, record
from tests.tools import with_tests_importable

OLD = record("HC-1-1-5")
NEW = OLD._replace(step_state_payload="iter=2;eval=2")
AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change owners"
)
STEPS = [step.__name__ for step in durable.PROTOCOL]


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base")


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def before(step: str, act: Callable[[Write], None]) -> tuple[Callable[[Write], None], ...]:
    """The protocol, with something that another program does before one of its steps."""
    at = STEPS.index(step)
    return (*durable.PROTOCOL[:at], act, *durable.PROTOCOL[at:])


@pytest.mark.parametrize("step", STEPS[1 : STEPS.index("publish") + 1])
@pytest.mark.parametrize("first", [True, False], ids=["first write", "overwrite"])
def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(
    store: rckp.CheckpointStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    first: bool,
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("secret")
    victim.chmod(0o600)
    if not first:
        store.write(OLD).chmod(0o644)

    def swap(write: Write) -> None:
        path = Path(write.folder.join(write.temporary))
        path.unlink()
        path.symlink_to(victim)

    monkeypatch.setattr(durable, "PROTOCOL", before(step, swap))
    with pytest.raises(rckp.StoreError) as caught:
        store.write(NEW)
    assert caught.value.code == "not-written"
    assert (permissions(victim), victim.read_text()) == (0o600, "secret")
    left = [path for path in store.base_dir.rglob("*") if not path.is_dir()]
    assert len(left) == (0 if first else 1)
    assert [each.record for each in store.entries()] == ([] if first else [OLD])


@AS_ROOT
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_owner_and_group_are_kept(store: rckp.CheckpointStore, mode: int) -> None:
    path = store.write(OLD)
    os.chown(path, 1000, 2000)
    path.chmod(mode)
    store.write(NEW)
    status = path.stat()
    assert (status.st_uid, status.st_gid, permissions(path)) == (1000, 2000, mode)
    assert store.read(path) == NEW


@AS_ROOT
@pytest.mark.parametrize(
    ("mode", "kept"), [(0o640, 0o600), (0o664, 0o644), (0o666, 0o666), (0o604, 0o604)]
)
def test_without_the_group_no_permission_widens(
    store: rckp.CheckpointStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    mode: int,
    kept: int,
) -> None:
    path = store.write(OLD)
    os.chown(path, 1000, 2000)
    path.chmod(mode)

    def refuse(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    with caplog.at_level(logging.WARNING, "rckp.store"):
        store.write(NEW)
    assert (path.stat().st_gid, permissions(path)) == (os.getegid(), kept)
    assert "could not be kept" in caplog.text


FORKING = """
import os, signal, sys, time
from rckp.store.folder import Folder
with Folder.open(sys.argv[1]) as folder, folder.locked(5):
    child = os.fork()
    if not child:
        os.close(1)  # or the test would wait for the end of this output
        time.sleep(60)
    print(child, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_does_not_keep_the_lock(store: rckp.CheckpointStore) -> None:
    path = store.write(OLD)
    done = subprocess.run(
        [sys.executable, "-c", FORKING, path.parent], stdout=subprocess.PIPE, check=False
    )
    try:
        assert done.returncode == -signal.SIGKILL
        store.lock_limit, store.lock_required = 30.0, True
        store.write(NEW)
    finally:
        os.kill(int(done.stdout), signal.SIGKILL)


def test_every_one_of_many_writers_gets_the_lock(store: rckp.CheckpointStore) -> None:
    store.lock_required = True
    failed: list[BaseException] = []

    def save(number: int) -> None:
        try:
            for _ in range(3):
                store.write(record(f"HC-1-{number}-5"))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(list(store.files())) == 60


MANY_LEVELS = "/".join(["d"] * 1500)


@pytest.mark.parametrize("below", ["a\0b", "a\ud800b", MANY_LEVELS, "x" * 300, "n/" * 3000])
def test_odd_bases_end_in_an_error_of_the_store(tmp_path: Path, below: str) -> None:
    store = rckp.CheckpointStore(f"{tmp_path}/{below}", durability="none")
    possible = below == MANY_LEVELS
    for call in (
        lambda: store.write(OLD),
        lambda: list(store.files()),
        lambda: store.list_resumable(IDENTITY),
        lambda: store.select_resume(IDENTITY),
        lambda: store.read(store.base_dir / "a.ckpt"),
        lambda: store.delete_on_success(store.base_dir / "a.ckpt"),
        lambda: store.purge_older_than(1),
        store.purge_broken,
    ):
        try:
            call()
        except rckp.RckpError as error:
            assert error.code != ("not-written" if possible else "")
    left = list(tmp_path.iterdir())
    if possible:  # pytest cannot remove so many levels
        subprocess.run(["rm", "-rf", *left], check=True)
    else:  # what cannot be a path changes nothing
        assert left == []


@pytest.mark.parametrize("path", ["a\0.ckpt", "a\ud800.ckpt", "", "x" * 300, "y/" * 3000])
def test_odd_paths_end_in_an_error_of_the_store(store: rckp.CheckpointStore, path: str) -> None:
    store.write(OLD)
    for call in (store.read, store.delete_on_success):
        for named in (path, store.base_dir / path):
            try:
                assert call(named) is False
            except rckp.StoreError as error:
                assert error.code


LEFT_WITH = """
import os, resource, sys
import rckp
from tests.store.examples import record
store = rckp.CheckpointStore(sys.argv[1])
record_ = record("HC-1-1-5")
rckp.encode(record_)
free = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
taken = []
try:
    while True:
        taken.append(os.open("/", os.O_RDONLY))
except OSError:
    pass
for descriptor in taken[:free]:
    os.close(descriptor)
for call in (lambda: store.write(record_), lambda: list(store.files()), store.purge_broken):
    try:
        call()
    except rckp.StoreError:
        pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_few_free_descriptors_end_in_an_error_of_the_store(tmp_path: Path) -> None:
    for free in range(9):
        done = subprocess.run(
            [sys.executable, "-c", LEFT_WITH, tmp_path / str(free), str(free)],
            capture_output=True,
            text=True,
            env=with_tests_importable(),
            check=False,
        )
        assert (done.returncode, done.stderr[-2000:].count("Traceback")) == (0, 0), done.stderr


HOSTILE = "\x1b[31m\n\u202e\x9b"


def test_what_is_logged_cannot_control_a_terminal(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = rckp.CheckpointStore(tmp_path / HOSTILE)
    with caplog.at_level(logging.WARNING, "rckp.store"):
        path = store.write(OLD)
        path.write_bytes(b"RCKQ")
        (path.parent / f"{HOSTILE}.ckpt").write_bytes(b"")
        store.list_resumable(IDENTITY)
        store.write(OLD)  # keeps what is there under another name
    assert len(caplog.records) >= 3
    for each in caplog.records:
        assert each.getMessage().isprintable()


def test_an_error_about_a_field_cannot_control_a_terminal() -> None:
    assert str(rckp.EncodeError("wrong-type", HOSTILE)).isprintable()
    assert len(str(rckp.EncodeError("wrong-type", "x" * 20_000_000))) < 2000
