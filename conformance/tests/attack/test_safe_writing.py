"""Writing where others may write, own files, hold locks, or take what a process needs."""

from __future__ import annotations

import errno
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

import rckp
from conformance.tests.store.examples import IDENTITY, names, record
from conformance.tests.tools import need, with_tests_importable
from rckp.files.directory import Directory
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite

OLD = record("HC-1-1-5")
NEW = OLD._replace(step_state_payload="iter=2;eval=2")
AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may change owners"
)
STEPS = [step.__name__ for step in atomic_write.PROTOCOL]


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "base")


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def before(
    step: str, act: Callable[[PendingWrite], None]
) -> tuple[Callable[[PendingWrite], None], ...]:
    """The protocol, with something that another program does before one of its steps."""
    at = STEPS.index(step)
    return (*atomic_write.PROTOCOL[:at], act, *atomic_write.PROTOCOL[at:])


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

    def swap(write: PendingWrite) -> None:
        path = Path(write.directory.join(write.temporary))
        path.unlink()
        path.symlink_to(victim)

    monkeypatch.setattr(atomic_write, "PROTOCOL", before(step, swap))
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


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o600, 0o400])
def test_a_group_can_do_nothing_before_it_is_the_right_one(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    store.write(OLD).chmod(mode)
    seen = []

    def look(write: PendingWrite) -> None:
        seen.append(permissions(Path(write.directory.join(write.temporary))))

    monkeypatch.setattr(atomic_write, "PROTOCOL", before("write_content", look))
    assert permissions(store.write(NEW)) == mode
    assert seen == [mode & 0o700 | 0o200]


def test_what_replaces_a_link_has_the_permissions_of_a_new_file(
    store: rckp.CheckpointStore,
) -> None:
    path = store.write(OLD)
    mode = permissions(path)
    path.unlink()
    path.symlink_to("nowhere")
    store.write(OLD)
    assert (path.is_symlink(), permissions(path)) == (False, mode)


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_what_is_quarantined_lends_no_permissions(store: rckp.CheckpointStore, mode: int) -> None:
    path = store.write(OLD)
    usual = permissions(path)
    path.write_bytes(b"something else")
    path.chmod(mode)
    store.write(OLD)
    kept = [each for each in path.parent.iterdir() if each != path]
    assert [permissions(each) for each in (path, *kept)] == [usual, mode]
    assert store.read(path) == OLD


PRIVILEGES = """
import sys, rckp
from conformance.tests.store.examples import record
rckp.CheckpointStore(sys.argv[1]).write(record("HC-1-1-5", payload="new"))
"""


@AS_ROOT
@pytest.mark.parametrize("privilege", ["+chown", "+fowner", "+chown,+fowner"])
def test_permissions_are_kept_with_few_privileges(
    store: rckp.CheckpointStore, privilege: str
) -> None:
    need("setpriv", how="`apt-get install util-linux`")
    path = store.write(OLD)
    for each in (path.parent, path.parent.parent, store.base_dir):
        each.chmod(0o777)
    os.chown(path, 1000, 2000)
    path.chmod(0o644)
    privileges = [f"--{kind}-caps=-all,+dac_override,{privilege}" for kind in ("inh", "ambient")]
    command = ["setpriv", "--reuid=1001", "--regid=1001", "--clear-groups", *privileges]
    done = subprocess.run(
        [*command, sys.executable, "-c", PRIVILEGES, store.base_dir],
        capture_output=True,
        text=True,
        env=with_tests_importable(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, owners = path.stat(), (1001, 1001)
    if "chown" in privilege:
        owners = (1000, 2000)
    assert (status.st_uid, status.st_gid, permissions(path)) == (*owners, 0o644)


@AS_ROOT
@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        (0o640, 0o600),
        (0o664, 0o644),
        (0o666, 0o666),
        (0o604, 0o600),
        (0o646, 0o644),
        (0o751, 0o711),
    ],
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


@pytest.mark.parametrize("locked", [True, False])
def test_a_link_that_was_published_is_reported_and_removed(
    store: rckp.CheckpointStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("secret")
    path = store.write(OLD)
    rename = Directory.rename

    def swap_first(directory: Directory, old: str, new: str) -> None:
        temporary = Path(directory.join(old))
        temporary.unlink()
        temporary.symlink_to(victim)
        rename(directory, old, new)

    monkeypatch.setattr(Directory, "rename", swap_first)
    monkeypatch.setattr(Directory, "locked", lambda *_, **__: nullcontext(locked))
    with pytest.raises(rckp.StoreError) as caught:
        store.write(NEW)
    assert caught.value.code == "not-written"
    assert (victim.read_text(), names(path.parent)) == ("secret", [])


def just_after_publishing(monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], None]) -> None:
    """Let another program act before the published name is checked, and nobody have the lock."""
    rename = Directory.rename

    def then_act(directory: Directory, old: str, new: str) -> None:
        rename(directory, old, new)
        monkeypatch.setattr(Directory, "rename", rename)
        act(Path(directory.join(new)))

    monkeypatch.setattr(Directory, "rename", then_act)
    monkeypatch.setattr(Directory, "locked", lambda *_, **__: nullcontext(False))


def replace_by(data: bytes) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        path.write_bytes(data)

    return replace


@pytest.mark.parametrize(
    "act",
    [Path.unlink, replace_by(rckp.encode(NEW._replace(created_at_ms=99)))],
    ids=["removed", "replaced by this run"],
)
def test_without_the_lock_another_writer_may_be_faster(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], None]
) -> None:
    path = store.write(OLD)
    just_after_publishing(monkeypatch, act)
    assert store.write(NEW) == path


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"something else", "not-written"),
        (rckp.encode(NEW._replace(run_id="HC-2-1-5")), "run-id-collision"),
    ],
    ids=["no checkpoint", "another run"],
)
def test_without_the_lock_something_else_in_its_place_is_an_error(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, data: bytes, code: str
) -> None:
    path = store.write(OLD)
    just_after_publishing(monkeypatch, replace_by(data))
    with pytest.raises(rckp.RckpError) as caught:
        store.write(NEW)
    assert caught.value.code == code
    assert path.read_bytes() == data


def test_a_disk_that_is_full_at_close_keeps_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = rckp.CheckpointStore(tmp_path / "base", durability="none")
    path = store.write(OLD)
    close = os.close

    def full(descriptor: int) -> None:
        name = os.readlink(f"/proc/self/fd/{descriptor}") if sys.platform == "linux" else ""
        close(descriptor)
        if name.endswith(".tmp"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "close", full)
    if sys.platform != "linux":
        pytest.skip("this test finds a descriptor's name in /proc, which only Linux has")
    with pytest.raises(rckp.StoreError) as caught:
        store.write(NEW)
    assert (caught.value.code, store.read(path)) == ("not-written", OLD)
    assert names(path.parent) == [path.name]


@AS_ROOT
def test_an_owner_that_cannot_be_kept_is_logged(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = store.write(OLD)
    os.chown(path, 1000, -1)

    def refuse(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    with caplog.at_level(logging.WARNING, "rckp.store"):
        store.write(NEW)
    assert "could not be kept" in caplog.text


@AS_ROOT
def test_an_error_of_changing_the_group_fails_the_write(
    store: rckp.CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.write(OLD)
    os.chown(path, -1, 2000)

    def fail(*_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fchown", fail)
    with pytest.raises(rckp.StoreError) as caught:
        store.write(NEW)
    assert (caught.value.code, store.read(path)) == ("not-written", OLD)


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
        store.purge_truncated,
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
from conformance.tests.store.examples import record
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
for call in (lambda: store.write(record_), lambda: list(store.files()), store.purge_truncated):
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
