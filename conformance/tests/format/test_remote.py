"""Objects in a bucket and on a web server: the reports of the files, by ranges, without secrets."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest

from conformance.tests.command import ASCII_LOCALE, rckp
from conformance.tests.format.packing import COMPRESS, CUT, GOOD, REAL, member, packed, tar_of
from conformance.tests.format.web_server import serving
from rckp import decode, display, encode, frame
from rckp.files import remote
from rckp.files.container import is_url, local_path, shown_path
from rckp.validation.remote import remote_reports

SECRET = "tHeSeCrEt"  # noqa: S105 - of a server that ends with the test


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
    [
        (403, "the server responded 403 Forbidden"),
        (503, "the server responded 503 Service"),
        (200, "the server does not serve ranges"),
    ],
)
def test_a_server_that_refuses_is_unreadable(status: int, reason: str) -> None:
    with serving(GOOD.read_bytes(), status=status) as (url, _):
        for name in ("a.ckpt", "a.tar.gz", "a.tar/b.ckpt"):
            done = rckp("validate", f"{url.replace('//', f'//me:{SECRET}@')}/{name}")
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


def test_a_server_that_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_TIMEOUT", "200ms")
    monkeypatch.setattr(remote, "_RETRIES", {"max_retries": 0})
    released = Event()
    with serving(GOOD.read_bytes(), before=released.wait) as (url, _):
        ((report, named),) = remote_reports(f"{url}/a.ckpt", 0, lambda *_: None)
        released.set()
    assert named
    assert [each.code for each in report.findings] == ["unreadable"]
    assert "does not respond" in report.findings[0].message


def test_an_object_that_changes_is_noticed() -> None:
    record = decode(GOOD.read_bytes())
    contents = encode(record._replace(step_state_payload="x" * (1 << 18)))
    etags = iter(['"1"'] + ['"2"'] * 99)  # changed after the first request
    with serving(contents, etags=etags) as (url, _):
        done = rckp("validate", "--format", "json", f"{url}/a.ckpt")
        (found,) = json.loads(done.out)["files"]
        assert done.status == 2
        assert found["findings"][0]["code"] == "changed-while-read"


def test_an_empty_object_is_read_as_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt"
    file.touch()
    with serving(b"") as (url, _):
        wanted, done = rckp("validate", file), rckp("validate", f"{url}/a.ckpt")
        assert done.status == wanted.status == 1
        assert done.text.replace(f"{url}/a.ckpt", str(file)) == wanted.text


def test_a_signed_url_is_read_and_not_shown() -> None:
    with serving(GOOD.read_bytes(), query=f"?X-Signature={SECRET}%2F") as (url, _):
        path = f"{url}/a%20b.ckpt"
        for command in ("validate", "decode", "inspect"):
            wanted, done = rckp(command, GOOD), rckp(command, f"{path}?X-Signature={SECRET}%2F")
            assert done.status == 0, done.err
            assert done.text.replace(path, str(GOOD)) == wanted.text
            done = rckp(command, f"{path}?X-Signature=other{SECRET}")
            assert done.status == 2
            assert "403" in done.text + done.err
            assert SECRET not in done.text + done.err


def test_a_query_in_the_url_of_a_bucket_is_refused() -> None:
    done = rckp("validate", f"s3://me:{SECRET}@a/b.ckpt?{SECRET}")
    assert done.status == 2
    assert "a question mark in a key is written %3F" in done.text
    assert SECRET not in done.text + done.err


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.xz", "zip"])
def test_an_archive_on_a_server_is_read_as_the_file(tmp_path: Path, kind: str) -> None:
    file = packed(REAL, kind, tmp_path)
    with serving(file.read_bytes(), query=f"?{SECRET}") as (url, handler):
        path = f"{url}/x/{file.name}"
        for command in (("validate", "-v"), ("list",), ("list", "--format", "csv")):
            wanted, done = rckp(*command, file), rckp(*command, f"{path}?{SECRET}")
            assert done.status == wanted.status, done.err
            assert done.text.replace(path, str(file)) == wanted.text
        inside = next(REAL.rglob("*PSO*.ckpt")).relative_to(REAL).as_posix()
        for words in (("validate", "-v"), ("decode",), ("inspect",)):
            wanted = rckp(*words, f"{file}/{inside}")
            done = rckp(*words, f"{path}/{quote(inside)}?{SECRET}")
            assert done.status == wanted.status, done.err
            assert done.text.replace(path, str(file)) == wanted.text
        handler.sent.clear()
        rckp("validate", f"{path}?{SECRET}")
        assert sum(size for _, size in handler.sent) < file.stat().st_size + (2 << 16)
        done = rckp("decode", f"{path}/none.ckpt?{SECRET}")
        assert done.status == 2
        assert SECRET not in done.text + done.err


def test_names_on_a_server_are_utf_8_in_every_locale() -> None:
    data = tar_of(member("ü.ckpt", GOOD.read_bytes()))
    with serving(data) as (url, _):
        for path in ("ö.tar/ü.ckpt", "%C3%B6.tar/%C3%BC.ckpt", "ö.tar"):
            done = rckp("validate", "--format", "json", f"{url}/{path}", environment=ASCII_LOCALE)
            assert done.status == 0, done.err
            (file,) = json.loads(done.out)["files"]
            assert file["path"].endswith(("ü.ckpt", "%C3%BC.ckpt"))


def test_a_compressed_file_on_a_server_is_read_as_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt.bz2"
    file.write_bytes(COMPRESS["bz2"](GOOD.read_bytes()))
    with serving(file.read_bytes()) as (url, _):
        path = f"{url}/a.ckpt.bz2"
        for words in (("validate", "-v"), ("decode",), ("inspect",)):
            wanted, done = rckp(*words, file), rckp(*words, path)
            assert done.status == wanted.status == 0, done.err
            assert done.text.replace(path, str(file)) == wanted.text


def test_a_web_server_has_no_list() -> None:
    for command in ("list", "validate"):
        done = rckp(command, "https://example.invalid/")
        assert done.status == 2
        assert "name one file, or an archive" in done.text + done.err


def test_an_archive_that_changes_or_is_damaged(tmp_path: Path) -> None:
    large = tar_of(member("a.ckpt", GOOD.read_bytes()), member("b", bytes(4 << 20)), member("c"))
    etags = iter(['"1"'] + ['"2"'] * 99)
    with serving(large, etags=etags) as (url, _):
        done = rckp("validate", f"{url}/a.tar")
        assert done.status == 2
        assert "[changed-while-read]" in done.text
    contents = packed(REAL, "tar", tmp_path).read_bytes()
    with serving(contents[: len(contents) // 2]) as (url, _):
        done = rckp("validate", "-v", f"{url}/a.tar")
        assert done.status == 2
        assert ": valid" in done.text  # what precedes the damage
        assert "truncated" in done.text


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
    for url in ("https://", "s3://", "gs:///", "s3://[x", "https://[/a.zip/b", "https://a\tb/c"):
        assert shown_path(url) == url
    file = tmp_path / "a b.ckpt"
    shutil.copy(GOOD, file)
    url = f"file://{tmp_path}/a%20b.ckpt"
    assert rckp("decode", url).out == rckp("decode", file).out
    assert rckp("validate", url).text == rckp("validate", file).text
    assert (
        rckp("decode", url.replace("file://", "file://LocalHost")).out == rckp("decode", file).out
    )


WRONG = {
    "https://[": "not an IPv6 address",
    "s3://[x": "not an IPv6 address",
    "https://[/a.zip/b.ckpt": "not an IPv6 address",
    "https://": "names no server",
    "https://x:99999999/": "the port is not a number",
    "http://a b": "the name of the server",
    "s3://": "names no bucket",
    "gs:///": "names no bucket",
    "az://x": "AZURE_STORAGE_ACCOUNT_NAME",
    "s3://a/b#c": "# is written %23",
    os.fsdecode(b"https://\xff/"): "not UTF-8",
    "file://": "a file of this machine",
    "file://[": "a file of this machine",
    f"file://elsewhere{GOOD}": "a file of this machine",
}


def test_a_wrong_url_is_an_unreadable_path() -> None:
    """The others are validated, and the message has the URL as it was given."""
    listed = b"".join(os.fsencode(url) + b"\n" for url in WRONG)
    done = rckp(
        "validate", GOOD, *WRONG, GOOD, "--files-from", "-", "--format", "json", stdin=listed
    )
    assert (done.status, done.err) == (2, "")
    found = [each for each in json.loads(done.text)["files"] if each["path"] != str(GOOD)]
    assert len(found) == 2 * len(WRONG)
    for each, (url, reason) in zip(found, [*WRONG.items()] * 2, strict=True):
        assert each["path"] == display.escape(url.partition("#")[0])
        assert [finding["code"] for finding in each["findings"]] == ["unreadable"]
        assert reason in each["findings"][0]["message"]
    assert [row["verdict"] for row in frame([*WRONG]).to_pylist()] == ["unreadable"] * len(WRONG)


@pytest.mark.parametrize("url", ["https://[", "s3://[x", "https://[/a.zip/b.ckpt", "file://["])
@pytest.mark.parametrize(
    "command", [["inspect"], ["decode"], ["list"], ["list", "--format", "parquet"]]
)
def test_a_wrong_url_is_no_fault_of_the_command(command: list[str], url: str) -> None:
    done = rckp(*command, url)
    assert done.status == 2
    assert "fault" not in done.err
