"""Objects in a bucket and on a web server: the reports of the files, by ranges, without secrets."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import obstore
import pytest

from conformance.tests.command import Result, rckp
from conformance.tests.format.packing import CUT, GOOD, REAL
from rckp.files.container import is_url, local_path, shown_path

SECRET = "tHeSeCrEt"  # noqa: S105 - of a server that ends with the test


class Object(BaseHTTPRequestHandler):
    """An object at each path; a test changes what is served."""

    protocol_version = "HTTP/1.1"
    contents: bytes
    etags: Iterator[str]
    status = 200
    sent: list[tuple[str, int]]

    def do_HEAD(self) -> None:
        self._respond(b"", len(self.contents), 200 if self.status in (200, 416) else self.status)

    def do_GET(self) -> None:
        start, stop = map(int, re.findall(r"\d+", self.headers["Range"]))
        if self.status != 200:
            self._respond(b"", 0, self.status)
            return
        etag = self._etag()
        if self.headers["If-Match"] not in (None, etag):
            self._respond(b"", 0, 412)
            return
        piece = self.contents[start : stop + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{stop}/{len(self.contents)}")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(piece)))
        self.end_headers()
        self.wfile.write(piece)
        self.sent.append((self.path, len(piece)))

    def _etag(self) -> str:
        return next(type(self).etags)

    def _respond(self, body: bytes, length: int, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", self._etag())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass


def always(text: str) -> Iterator[str]:
    while True:
        yield text


@contextmanager
def serving(contents: bytes, **more: object) -> Iterator[tuple[str, type[Object]]]:
    values = {"contents": contents, "etags": always('"1"'), "sent": [], **more}
    handler = type("Handler", (Object,), values)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", handler
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("file", "status"), [(GOOD, 0), (CUT, 1)])
def test_an_object_on_a_web_server_is_read_as_the_file(file: Path, status: int) -> None:
    with serving(file.read_bytes()) as (url, _):
        path = f"{url}/a/b.ckpt"
        for command in (["validate", "-v"], ["decode"], ["decode", "--partial"], ["inspect", "-x"]):
            wanted, done = rckp(*command, file), rckp(*command, path)
            assert done.status == wanted.status == status, done.err
            assert done.text.replace(path, str(file)) == wanted.text
            assert done.err.replace(path, str(file)) == wanted.err


def test_no_more_is_read_than_needed() -> None:
    with serving(b"NOT A CHECKPOINT" + bytes(100 << 20)) as (url, handler):
        assert rckp("validate", f"{url}/a.ckpt").status == 1
        assert sum(size for _, size in handler.sent) <= 1 << 16


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, "the server responded 403 Forbidden"), (503, "the server responded 503 Service")],
)
def test_a_server_that_refuses_is_unreadable(status: int, reason: str) -> None:
    with serving(GOOD.read_bytes(), status=status) as (url, _):
        done = rckp("validate", f"{url.replace('//', f'//me:{SECRET}@')}/a.ckpt")
        assert done.status == 2
        assert reason in done.text
        assert SECRET not in done.text + done.err


def test_an_object_that_is_missing() -> None:
    with serving(b"", status=404) as (url, _):
        assert "[missing" in rckp("decode", f"{url}/a.ckpt").err
        assert rckp("validate", f"{url}/a.ckpt").status == 2


def test_a_server_that_is_not_there() -> None:
    with serving(b"") as (url, _):
        pass
    done = rckp("validate", f"{url}/a.ckpt")
    assert done.status == 2
    assert "the server cannot be reached" in done.text


def test_an_object_that_changes_is_noticed() -> None:
    contents = GOOD.read_bytes() + bytes(1 << 18)
    etags = iter(['"1"'] + ['"2"'] * 99)  # changed after the request for its size
    with serving(contents, etags=etags) as (url, _):
        done = rckp("validate", "--format", "json", f"{url}/a.ckpt")
        (found,) = json.loads(done.out)["files"]
        assert done.status == 2
        assert found["findings"][0]["code"] == "changed-while-read"


def test_a_url_with_a_query_is_refused_without_showing_it() -> None:
    for command in ("validate", "decode", "inspect"):
        done = rckp(command, f"https://me:{SECRET}@example.invalid/a.ckpt?Signature={SECRET}")
        assert done.status == 2
        assert "a URL with a query" in done.text + done.err
        assert "https://example.invalid/a.ckpt" in done.text + done.err
        assert SECRET not in done.text + done.err


def test_an_archive_on_a_server_is_refused() -> None:
    with serving(b"") as (url, _):
        done = rckp("validate", f"{url}/a.tar.gz")
        assert done.status == 2
        assert "from a local file system only" in done.text


def test_without_the_package_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "obstore.py").write_text("raise ImportError")
    done = rckp("validate", "s3://a/b.ckpt", environment={"PYTHONPATH": str(tmp_path)})
    assert done.status == 2
    assert "pip install 'rckp[remote]'" in done.text


def test_what_is_a_url(tmp_path: Path) -> None:
    assert is_url("s3://a/b")
    assert not is_url("s3:/a")
    assert not is_url("ftp://a/b")
    assert local_path("file:///a%20b/c") == "/a b/c"
    assert shown_path("https://u:p@h:1/a?b#c") == "https://h:1/a"
    assert shown_path("a?b") == "a?b"
    file = tmp_path / "a b.ckpt"
    shutil.copy(GOOD, file)
    url = f"file://{tmp_path}/a%20b.ckpt"
    assert rckp("decode", url).out == rckp("decode", file).out
    assert rckp("validate", url).text == rckp("validate", file).text


@pytest.fixture(scope="module")
def bucket() -> Iterator[Callable[..., Result]]:
    """Runs `rckp` with access to a bucket `runs`, which has what the directory has."""
    words = [sys.executable, "-m", "conformance.tests.format.s3_server"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        words, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        environment = {
            "AWS_ENDPOINT_URL": server.stdout.readline().strip(),
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            store = obstore.store.from_url("s3://runs")
            for file in REAL.rglob("*"):
                if file.is_file():
                    obstore.put(store, f"x/{file.relative_to(REAL).as_posix()}", file.read_bytes())
            obstore.put(store, "x/notes.txt", b"other")
        yield lambda *words: rckp(*words, environment=environment)
        assert server.stdin is not None
        server.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("style", ["text", "json", "concise"])
def test_a_bucket_is_reported_as_the_directory(
    bucket: Callable[..., Result], tmp_path: Path, style: str
) -> None:
    shutil.copytree(REAL, tmp_path / "x")
    (tmp_path / "x/notes.txt").write_text("other")
    wanted = rckp("validate", "-v", "--format", style, tmp_path / "x")
    for url in ("s3://runs/x", "s3://runs/x/", "s3://runs"):
        done = bucket("validate", "-v", "--format", style, url)
        assert done.status == wanted.status == 1, done.err
        assert done.text.replace("s3://runs/", f"{tmp_path}/") == wanted.text


@pytest.mark.slow
def test_a_place_without_a_checkpoint(bucket: Callable[..., Result]) -> None:
    done = bucket("validate", "s3://runs/none")
    assert done.status == 2
    assert "no checkpoint in it" in done.text + done.err
    done = bucket("validate", "s3://other/none")
    assert done.status == 2
    assert "there is no such bucket" in done.text
    assert SECRET not in done.text + done.err
