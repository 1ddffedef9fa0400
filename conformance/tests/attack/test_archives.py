"""Archives that are damaged, odd or hostile: a report, in bounded memory and time."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.tests.command import rckp
from conformance.tests.format.packing import COMPRESS, CUT, GOOD, member, tar_of, validated
from rckp.files import compressed
from rckp.files.archive import open_archive
from rckp.files.container import container_of
from rckp.files.regular_file import SourceError
from rckp.validation.archived import archive_reports

NOW = 1_800_000_000_000


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_damaged_compressed_file_is_unreadable(tmp_path: Path, compression: str) -> None:
    whole = COMPRESS[compression](GOOD.read_bytes())
    file = tmp_path / f"a.ckpt.{compression}"
    for data in (
        b"",
        whole[:3],
        whole[: len(whole) // 2],
        b"not compressed at all",
        GOOD.read_bytes(),
    ):
        file.write_bytes(data)
        done = rckp("validate", file)
        assert done.status == 2, data
        assert "[unreadable" in done.text, data
        assert rckp("decode", file).status == 2


def test_what_precedes_the_damage_is_judged(tmp_path: Path) -> None:
    members = [member(f"{n}.ckpt", GOOD.read_bytes()) for n in range(9)]
    whole = tar_of(*members)
    file = tmp_path / "a.tar"
    size = -(-len(GOOD.read_bytes()) // 512) * 512 + 512
    for cut, found in ((5 * size, 5), (5 * size + 100, 5), (5 * size + 600, 6)):
        file.write_bytes(whole[:cut])
        done, codes = validated(file)
        assert done.status == 2
        assert list(codes.values()).count(None) == 5
        assert [code for code in codes.values() if code] == ["unreadable"] * (found - 4)
        file.with_name("a.tar.gz").write_bytes(gzip.compress(whole[:cut]))
        assert list(validated(file.with_name("a.tar.gz"))[1].values()).count(None) == 5
        file.with_name("b.tar.gz").write_bytes(gzip.compress(whole)[:-60])
    done, codes = validated(file.with_name("b.tar.gz"))
    assert done.status == 2
    assert "unreadable" in codes.values()


def test_an_error_of_the_output_is_none_of_the_archive(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "a.tar").write_bytes(tar_of(member("a.ckpt", GOOD.read_bytes())))
    (tmp_path / "a.ckpt.gz").write_bytes(gzip.compress(GOOD.read_bytes()))
    said = set()
    for path in (GOOD, tmp_path / "a.tar/a.ckpt", tmp_path / "a.ckpt.gz"):
        with full.open("wb") as output:
            done = subprocess.run(
                [sys.executable, "-m", "rckp", "inspect", path],
                stdout=output,
                stderr=subprocess.PIPE,
                check=False,
            )
        said.add((done.returncode, done.stderr))
    assert len(said) == 1
    assert b"No space left" in said.pop()[1]


def test_names_lead_nowhere(tmp_path: Path) -> None:
    names = ["/etc/absolute.ckpt", "../up.ckpt", "a/../../b.ckpt", "./dot.ckpt", "\x1b[31m.ckpt"]
    file = tmp_path / "a.tar"
    file.write_bytes(tar_of(*(member(name, GOOD.read_bytes()) for name in names)))
    before = sorted(tmp_path.parent.iterdir())
    done, codes = validated(file)
    assert done.status == 0
    assert codes == dict.fromkeys([*names[:3], "dot.ckpt", names[4]])
    assert sorted(tmp_path.parent.iterdir()) == before
    assert rckp("decode", f"{file}/../up.ckpt").status == 0
    text = rckp("validate", "-v", file).text
    assert "\x1b" not in text


def test_an_archive_in_an_archive_is_another_file(tmp_path: Path) -> None:
    inner = tar_of(member("c.ckpt", GOOD.read_bytes()))
    file = tmp_path / "a.tar"
    file.write_bytes(
        tar_of(
            member("a.ckpt", GOOD.read_bytes()),
            member("b.tar", inner),
            member("d.ckpt.gz", COMPRESS["gz"](GOOD.read_bytes())),
            member("e.ckpt", inner),  # the name decides
        )
    )
    done, found = validated(file)
    assert found == {"a.ckpt": None, "e.ckpt": "bad-magic"}
    assert done.status == 1
    assert "2 other files skipped" in rckp("validate", file).text
    inside = rckp("decode", f"{file}/b.tar/c.ckpt")
    assert inside.status == 2
    assert "[missing" in inside.err


def test_members_that_are_no_files(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(
        tar_of(
            member("good.ckpt", GOOD.read_bytes()),
            member("dir.ckpt", type=tarfile.DIRTYPE),
            member("pipe.ckpt", type=tarfile.FIFOTYPE),
            member("link.ckpt", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            member("hard.ckpt", type=tarfile.LNKTYPE, linkname="good.ckpt"),
            member(".ckpt", GOOD.read_bytes()),
            member("inner.tar", tar_of(member("x.ckpt", GOOD.read_bytes()))),
        )
    )
    done, codes = validated(file)
    assert codes == {"good.ckpt": None, "hard.ckpt": "unreadable"}
    assert json.loads(done.out)["summary"]["skipped"] == 4
    assert done.status == 2


def test_two_members_of_one_name_are_both_judged(tmp_path: Path) -> None:
    tar, zip_ = tmp_path / "a.tar", tmp_path / "a.zip"
    tar.write_bytes(tar_of(member("a.ckpt", CUT.read_bytes()), member("a.ckpt", GOOD.read_bytes())))
    with zipfile.ZipFile(zip_, "w") as archive:
        archive.writestr("a.ckpt", CUT.read_bytes())
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.ckpt", GOOD.read_bytes())
    for file in (tar, zip_):
        found = json.loads(rckp("validate", "--format", "json", file).out)
        assert [each["valid"] for each in found["files"]] == [False, True]
        assert rckp("decode", f"{file}/a.ckpt").status == 0  # what an extraction leaves


def test_an_archive_without_a_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(tar_of(member("notes.txt", b"?")))
    done = rckp("validate", file)
    assert done.status == 2
    assert "no checkpoint in it" in done.text + done.err


def test_an_encrypted_or_odd_member_of_a_zip_is_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.ckpt", GOOD.read_bytes())
        archive.writestr("b.ckpt", GOOD.read_bytes())
    data = bytearray(file.read_bytes())
    first, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    for flags, method in ((1, 0), (0, 99)):
        changed = bytearray(data)
        for at, header in ((6, first), (8, central)):
            changed[header + at] = flags
            changed[header + at + 2] = method
        file.write_bytes(changed)
        done, codes = validated(file)
        assert done.status == 2
        assert codes == {"a.ckpt": "unreadable", "b.ckpt": None}


def test_a_member_that_does_not_fit_its_checksum_is_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.ckpt", GOOD.read_bytes())
    data = bytearray(file.read_bytes())
    data[data.index(b"RCKP") + 4] ^= 1  # the time of creation
    file.write_bytes(data)
    assert validated(file)[1] == {"a.ckpt": "unreadable"}


def reports(path: Path) -> list[tuple[bool | None, str]]:
    container = container_of(str(path))
    assert container is not None
    found = archive_reports(container, NOW, lambda _path, _link: None)
    return [(each.valid, each.findings[0].message if each.findings else "") for each in found]


def test_without_a_package_for_zstd_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.tar.zst"
    file.write_bytes(WHOLE["tar.zst"])
    for name in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    reason = "cannot be read: reading .zst takes another package: pip install 'rckp[zstd]'"
    assert reports(file) == [(None, reason)]


def test_a_bomb_ends_at_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MIN_EXPANSION", 1 << 20)
    zeros = bytes(4 << 20)
    file = tmp_path / "a.tar.gz"
    file.write_bytes(gzip.compress(tar_of(member("a.ckpt", GOOD.read_bytes()), member("b", zeros))))
    assert reports(file) == [(True, ""), (None, "cannot be read: it expands to more than 1.0 MiB")]
    file = tmp_path / "a.zip"
    payload = _with_payload(4 << 20)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ckpt", payload)
    assert reports(file) == [(None, "cannot be read: it expands to more than 1.0 MiB")]


def _with_payload(size: int) -> bytes:
    from rckp import decode, encode

    return encode(decode(GOOD.read_bytes())._replace(step_state_payload="x" * size))


def test_a_long_name_is_not_taken_into_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    file = tmp_path / "a.tar"
    file.write_bytes(
        tar_of(member("a.ckpt", GOOD.read_bytes()))[
            : 512 + 512 * (-(-len(GOOD.read_bytes()) // 512))
        ]
        + info.tobuf(tarfile.GNU_FORMAT)
        + bytes(4096)
    )
    assert reports(file)[0] == (True, "")
    assert reports(file)[1][0] is None
    assert "the headers of a member have more than 1.0 MiB" in reports(file)[1][1]


def test_a_dictionary_of_xz_is_bounded(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt.xz"
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30, "preset": 0}]
    try:
        file.write_bytes(lzma.compress(GOOD.read_bytes(), filters=filters))
    except MemoryError:
        pytest.skip("not enough memory to make the file")
    assert rckp("validate", file).status == 2
    assert "memory" in rckp("validate", file).text.lower()


def test_an_archive_that_changes_while_read(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(
        tar_of(member("a.ckpt", GOOD.read_bytes()), member("b.ckpt", GOOD.read_bytes()))
    )
    container = container_of(str(file))
    assert container is not None
    with pytest.raises(SourceError, match="changed-while-read"), open_archive(container) as members:
        next(members)
        os.utime(file, ns=(1, 1))


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    data = bytearray(whole[: draw(st.integers(0, len(whole)))])
    for _ in range(draw(st.integers(0, 4))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


def wholes() -> Iterator[tuple[str, bytes]]:
    tar = tar_of(member("a.ckpt", GOOD.read_bytes()), member("b/c.ckpt", CUT.read_bytes()))
    yield "tar", tar
    for name, compress in COMPRESS.items():
        yield f"tar.{name}", compress(tar)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ckpt", GOOD.read_bytes())
        archive.writestr("b/c.ckpt", CUT.read_bytes())
    yield "zip", data.getvalue()


WHOLE = dict(wholes())


@pytest.mark.parametrize("kind", WHOLE)
@given(st.data())
def test_no_damage_raises(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    file = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    file.write_bytes(data.draw(damaged(WHOLE[kind])))
    for valid, message in reports(file):
        assert valid is not False or message
