"""Buckets: the reports of the directories, header-first lists, and archives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import obstore
import pytest

from conformance.tests.command import ASCII_LOCALE, Result, rckp
from conformance.tests.format.packing import GOOD, REAL, packed

SECRET = "tHeSeCrEt"  # noqa: S105 - of a server that ends with the test


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Result]]:
    """Runs `rckp` with access to the buckets `runs`, a directory, and `archives` of it."""
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
            archives = obstore.store.from_url("s3://archives")
            for name in ("ü", "\ufb01", "\U0001f600"):  # in the order of UTF-8
                obstore.put(archives, f"ö/{name}.ckpt", GOOD.read_bytes())
            for kind in ("tar.gz", "zip"):
                file = packed(REAL, kind, tmp_path_factory.mktemp("archives"))
                obstore.put(archives, file.name, file.read_bytes())

        def run(*words: str | Path, locale: dict[str, str] | None = None) -> Result:
            return rckp(*words, environment=environment | (locale or {}))

        yield run
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
def test_the_list_of_a_bucket_is_that_of_the_directory(bucket: Callable[..., Result]) -> None:
    words = ("list", "--format", "json")
    wanted, done = rckp(*words, REAL), bucket(*words, "s3://runs/x")
    assert done.status == wanted.status == 0, done.err
    expected = json.loads(wanted.text.replace(f"{REAL}/", "s3://runs/x/"))
    found = json.loads(done.text)
    assert found["base"] == "s3://runs/x"
    assert found["errors"] == expected["errors"]
    assert len(found["groups"]) == len(expected["groups"])
    for group, other in zip(found["groups"], expected["groups"], strict=True):
        assert group["identity"] == other["identity"]
        for run, same in zip(group["runs"], other["runs"], strict=True):
            if run["size"] > 4096:  # the best solution is not in the start of the payload
                same["best_quality"] = run["best_quality"]
            assert run == same
    done = bucket("list", "--algorithm", "PSO", "s3://runs/x")
    assert "6 runs in s3://runs/x" in done.text
    assert "31 truncated" in done.text


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_an_archive_in_a_bucket(bucket: Callable[..., Result], tmp_path: Path, kind: str) -> None:
    file = packed(REAL, kind, tmp_path)
    url = f"s3://archives/{file.name}"
    for command in (("validate", "-v"), ("list",)):
        wanted, done = rckp(*command, file), bucket(*command, url)
        assert done.status == wanted.status, done.err
        assert done.text.replace(url, str(file)) == wanted.text


@pytest.mark.slow
def test_a_place_without_a_checkpoint(bucket: Callable[..., Result]) -> None:
    done = bucket("validate", "s3://runs/none")
    assert done.status == 2
    assert "no checkpoint in it" in done.text + done.err
    done = bucket("validate", "s3://other/none")
    assert done.status == 2
    assert "there is no such bucket" in done.text
    assert SECRET not in done.text + done.err


def test_keys_are_utf_8_in_every_locale(bucket: Callable[..., Result]) -> None:
    expected = [f"s3://archives/ö/{name}.ckpt" for name in ("ü", "\ufb01", "\U0001f600")]
    for locale in ({}, ASCII_LOCALE):
        done = bucket("validate", "--format", "json", "s3://archives/ö", locale=locale)
        assert done.status == 0, done.err
        assert [each["path"] for each in json.loads(done.out)["files"]] == expected
        assert bucket("decode", expected[0], locale=locale).status == 0
        assert bucket("list", "s3://archives/ö", locale=locale).status == 0
