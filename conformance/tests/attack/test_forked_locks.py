"""Locks in processes that fork: a child neither keeps nor loses a lock by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import rckp
from conformance.tests.attack.writing import NEW, OLD

if sys.platform != "win32":
    pass


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    store = rckp.CheckpointStore(tmp_path / "base", durability="none")
    store.lock_required = True
    return store


FORKING = """
import os, signal, sys, time
from rckp.files.directory import Directory
with Directory.open(sys.argv[1]) as directory, directory.locked(5):
    child = os.fork()
    if not child:
        same = os.path.samestat(os.fstat(directory.descriptor), os.stat(sys.argv[1]))
        os.write(1, b"%s %d\\n" % (str(same).encode(), len(list(directory.scan()))))
        os.close(1)  # or the test would wait for the end of this output
        time.sleep(60)
    os.write(1, b"%d\\n" % child)  # in one call, so that the lines do not mix
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_does_not_keep_the_lock(store: rckp.CheckpointStore) -> None:
    path = store.write(OLD)
    done = subprocess.run(
        [sys.executable, "-c", FORKING, path.parent],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout
    [child] = [int(line) for line in done.stdout.splitlines() if line.isdigit()]
    try:
        assert "True 1" in done.stdout.splitlines(), "the child lost its directory"
        store.lock_timeout = 30.0
        store.write(NEW)
    finally:
        os.kill(child, signal.SIGKILL)


IN_A_CHILD = """
import fcntl, os, sys, threading, time
from rckp.files import directory_lock as lock
from rckp.files import turns
from rckp.files.directory import Directory
way, path = sys.argv[1:]
other = os.path.join(path, "other")
os.mkdir(other)
ready, over = threading.Event(), threading.Event()

def hold_mutex():
    with lock._mutex:
        ready.set()
        over.wait()

outer = Directory.open(path)
held = lock.DirectoryLock(outer.descriptor)
if way == "mutex":
    threading.Thread(target=hold_mutex, daemon=True).start()
    ready.wait()
elif way == "own":  # the lock is held through the descriptor of a waiter
    blocker = os.open(path, os.O_RDONLY)
    fcntl.flock(blocker, fcntl.LOCK_EX)
    def unblock():
        while not lock._waiters:
            time.sleep(0.001)
        os.close(blocker)
    threading.Thread(target=unblock).start()
    held.acquire(30)
    assert held._waiter is not None
elif way == "held":
    held.acquire(30)
elif way == "released":
    held.acquire(30)
    held.release()
    number = outer.descriptor
    outer.close()
    reused = os.open(sys.executable, os.O_RDONLY)
    assert reused == number
child = os.fork()
if not child:
    if way == "released":  # what has the number now is not touched
        os._exit(not os.path.samestat(os.fstat(reused), os.stat(sys.executable)))
    with Directory.open(other) as directory:
        mine = lock.DirectoryLock(directory.descriptor)
        mine.acquire(30)
        mine.release()
    if way in ("held", "own"):
        with Directory.open(path) as directory:  # waits for the parent
            mine = lock.DirectoryLock(directory.descriptor)
            mine.acquire(30)
            mine.release()
    assert not lock._held and not lock._waiters and not turns._queues
    os._exit(0)
if way in ("held", "own"):
    time.sleep(0.1)
    held.release()
_, status = os.waitpid(child, 0)
over.set()
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("way", ["mutex", "held", "own", "released"])
def test_a_forked_child_can_lock(tmp_path: Path, way: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", IN_A_CHILD, way, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
