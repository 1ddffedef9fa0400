"""Archives whose headers are hostile: one report of the archive, in bounded memory."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from weakref import ref

import pytest

from conformance.tests.attack.test_archives import reports
from conformance.tests.command import rckp
from conformance.tests.format.packing import GOOD, member, tar_of, validated
from rckp.files import archive_streams
from rckp.files.archive import open_archive
from rckp.files.container import container_of
from rckp.files.regular_file import SourceError

DATA = GOOD.read_bytes()
MEMORY = 24 << 20  # bytes; headers of 1 MiB take about 10 MiB as objects of Python


def header(info: tarfile.TarInfo, length: int, /, **pax: str) -> bytes:
    """The header of a member of a tar, with extended headers."""
    info.size = length
    info.pax_headers = {key.replace("_", "."): value for key, value in pax.items()}
    return info.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT)


def sparse_map(size: int) -> bytes:
    info = tarfile.TarInfo("s.ckpt")
    named = {"GNU_sparse_major": "1", "GNU_sparse_minor": "0", "GNU_sparse_realsize": "1"}
    return header(info, size, **named) + b"999999999\n" + b"0\n" * (size // 2)


def sparse_blocks(size: int) -> bytes:
    """An old header of a sparse member, and blocks of regions that each announce another one."""
    first = bytearray(header(tarfile.TarInfo("s.ckpt"), 0))
    first[156:157], first[482] = tarfile.GNUTYPE_SPARSE, 1
    first[148:156] = b" " * 8
    first[148:156] = b"%06o\0 " % sum(first)
    block = (b"00000000001\0" * 42).ljust(512, b"\1")
    return bytes(first) + block * (size // 512)


def long_names(size: int) -> bytes:
    """Long names, each of which precedes another one."""
    name = tarfile.TarInfo("x")
    name.type = tarfile.GNUTYPE_LONGNAME
    each = header(name, 1 << 19) + bytes(1 << 19)
    return each * (size // len(each))


@pytest.mark.parametrize("make", [sparse_map, sparse_blocks, long_names])
@pytest.mark.parametrize("suffix", ["tar", "tar.gz"])
def test_the_headers_of_a_member_are_bounded(tmp_path: Path, make: object, suffix: str) -> None:
    assert callable(make)
    good = tar_of(member("a.ckpt", DATA))[:1024]
    whole = good + make(8 << 20)
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(whole if suffix == "tar" else gzip.compress(whole, 1))
    del whole
    tracemalloc.start()
    try:
        found = reports(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    reason = "cannot be read: the headers of a member have more than 1.0 MiB"
    assert found == [(True, ""), (None, reason)]
    assert peak < MEMORY


def test_global_headers_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    extract = tarfile.TarFile.extractfile

    def watched(archive: tarfile.TarFile, info: tarfile.TarInfo) -> object:
        seen.append({*archive.pax_headers})
        return extract(archive, info)

    monkeypatch.setattr(tarfile.TarFile, "extractfile", watched)
    parts = []
    for number in range(3):
        parts.append(tarfile.TarInfo.create_pax_global_header({f"key{number}": "x", "mtime": "7"}))
        parts.append(tar_of(member(f"{number}.ckpt", DATA))[:1024])
    file = tmp_path / "a.tar"
    file.write_bytes(b"".join(parts) + bytes(1024))
    assert reports(file) == [(True, "")] * 3
    assert seen == [{f"key{number}", "mtime"} for number in range(3)]


def test_a_long_run_of_digits_in_a_header_is_damage(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(header(tarfile.TarInfo("a.ckpt"), 0, comment="1" * 600) + bytes(1024))
    ((_, message),) = reports(file)
    assert "a number of more than 255 digits" in message


def extended(records: bytes) -> bytes:
    info = tarfile.TarInfo("x")
    info.type = tarfile.XHDTYPE
    return header(info, len(records)) + records + bytes(-len(records) % 512)


@pytest.mark.parametrize(
    "records",
    [
        b"2 " * 5000 + b"=",  # the rest of the header as a name, for each of them
        b"0 a=b\n",
        b"6 a=bc\n",
        b"7 a=b\n",
        b"99 a=b\n",
        b"6 abc\n",
        b"a=b\n",
        b"6 a=b\n0 a=b\n",
    ],
)
def test_the_records_of_a_header_are_checked(tmp_path: Path, records: bytes) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(extended(b"6 a=b\n") + tar_of(member("a.ckpt", DATA)))
    assert reports(file) == [(True, "")]
    file.write_bytes(extended(records) + tar_of(member("a.ckpt", DATA)))
    ((valid, message),) = reports(file)
    assert valid is None
    assert "the records of an extended header are not in order" in message


def sparse(regions: str, content: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("b.ckpt")
    start = header(info, len(content), GNU_sparse_map=regions, GNU_sparse_size=str(size))
    return start + content + bytes(-len(content) % 512) + bytes(1024)


@pytest.mark.parametrize(
    ("regions", "problem"),
    [
        ("0,270", None),
        ("0,100,100,170,270,0", None),
        ("100,170,0,100", "is not in order"),
        ("0,100,99,170", "is not in order"),
        ("0,270,270,-1", "is not in order"),
        ("0,2000", "has more than the member"),
    ],
)
def test_the_map_of_a_sparse_member_is_checked(
    tmp_path: Path, regions: str, problem: str | None
) -> None:
    file = tmp_path / "a.tar"
    file.write_bytes(sparse(regions, DATA, len(DATA)))
    ((valid, message),) = reports(file)
    assert valid is (None if problem else True)
    assert (problem or "") in message


def changed_zip(name: str, old: bytes, new: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.ckpt", DATA)
        archive.writestr(name, DATA)
    return data.getvalue().replace(old, new)


def tar_with(**pax: str) -> bytes:
    good = tar_of(member("a.ckpt", DATA))[:1024]
    return good + header(tarfile.TarInfo("b.ckpt"), 512, **pax) + bytes(1536)


def negative_size() -> bytes:
    """A member whose size leads back to its own header."""
    good = tar_of(member("a.ckpt", DATA))[:1024]
    info = tarfile.TarInfo("b.ckpt")
    first = bytearray(header(info, 0))
    first[124:136] = b"\xff" * 10 + b"\xfe\x00"  # -512
    first[148:156] = b" " * 8
    first[148:156] = b"%06o\0 " % sum(first)
    return good + bytes(first) + bytes(1024)


DAMAGED = {
    "map.tar": tar_with(GNU_sparse_map="0,x"),
    "sparse-size.tar": tar_with(GNU_sparse_size="zz"),
    "no-map.tar": tar_with(GNU_sparse_major="1", GNU_sparse_minor="0"),
    "size.tar": tar_with(size="9" * 23),
    "size-of-pax.tar": tar_with(size="-512"),
    "negative.tar": negative_size(),
    "deep.tar": tar_of(member("a.ckpt", DATA))[:1024]
    + header(member("x", type=tarfile.GNUTYPE_LONGNAME)[0], 0) * 1500,
    "empty.tar.gz": gzip.compress(tar_with(GNU_sparse_map="")),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_tarfile_cannot_parse_is_damage(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(DAMAGED[name])
    (tmp_path / "z.ckpt").write_bytes(DATA)
    done = rckp("validate", "--format", "json", file, tmp_path / "z.ckpt")
    files = json.loads(done.out)["files"]
    assert [each["valid"] for each in files] == [True, None, True]
    assert files[1]["path"] == str(file)
    assert "the archive is damaged" in files[1]["findings"][0]["message"]
    assert done.status == 2
    for command in ("list", "decode", "inspect"):
        done = rckp(command, file if command == "list" else f"{file}/b.ckpt")
        assert done.status == 2
        assert "the archive is damaged" in done.text + done.err
        assert "fault of rckp" not in done.text + done.err


def test_a_zip_with_an_undecodable_name_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(changed_zip("ü.ckpt", "ü".encode(), b"\xff\xff"))
    assert validated(file)[1] == {str(file): "unreadable"}
    done = rckp("decode", f"{file}/a.ckpt")
    assert done.status == 2
    assert "the archive is damaged" in done.err


def test_a_member_of_a_zip_may_have_an_empty_name(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(changed_zip("Q", b"Q", b"\0"))
    done, codes = validated(file)
    assert done.status == 0
    assert codes == {"a.ckpt": None}
    assert json.loads(done.out)["summary"]["skipped"] == 1


def test_a_member_of_a_zip_that_no_file_can_hold(tmp_path: Path) -> None:
    extra = struct.pack("<HHQ", 1, 8, 1 << 63)
    info = zipfile.ZipInfo("a.ckpt")
    info.extra = struct.pack("<HHQ", 0xCAFE, 8, 0)  # replaced below
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, DATA)
    data = bytearray(file.read_bytes())
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = b"\xff" * 4
    at = data.rindex(b"\xfe\xca")
    data[at : at + len(extra)] = extra
    file.write_bytes(data)
    assert "the size of the member is not that of a file" in reports(file)[0][1]


def test_the_list_of_members_of_a_zip_is_bounded(tmp_path: Path) -> None:
    size = 1 << 40
    file = tmp_path / "a.zip"
    with file.open("wb") as sparse_file:
        sparse_file.truncate(size)
        sparse_file.seek(size)
        end = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, 0)
        end += struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
        end += b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2)
        sparse_file.write(end)
    (tmp_path / "z.ckpt").write_bytes(DATA)
    done = rckp("validate", "--format", "json", file, tmp_path / "z.ckpt")
    first, second = json.loads(done.out)["files"]
    assert second["valid"] is True
    assert "the list of its members has more than 64.0 MiB" in first["findings"][0]["message"]


def test_a_list_of_members_at_the_limit_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(changed_zip("b.ckpt", b"", b""))
    size = struct.unpack_from("<L", file.read_bytes(), -10)[0]
    monkeypatch.setattr(archive_streams, "MAX_MEMBER_LIST", max(size, 1 << 10))
    assert reports(file) == [(True, "")] * 2


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_without_memory_the_archive_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seen = []

    def no_room(*_: object) -> bytes:
        data = {1, 2}
        seen.append(ref(data))
        raise MemoryError

    file = tmp_path / name
    file.write_bytes(b"x" * 1024)
    monkeypatch.setattr(archive_streams.ZipStream, "read", no_room)
    monkeypatch.setattr(archive_streams.TarStream, "read", no_room)
    assert reports(file) == [(None, "cannot be read: there is not enough memory")]
    container = container_of(str(file))
    assert container is not None
    with pytest.raises(SourceError) as raised, open_archive(container) as members:
        next(members)
    assert raised.value.code == "unreadable"
    assert seen[-1]() is None  # although the error is still there


def test_without_memory_to_sort_the_members_the_archive_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_: str) -> list[bytes]:
        raise MemoryError

    file = tmp_path / "a.zip"
    file.write_bytes(changed_zip("b.ckpt", b"", b""))
    monkeypatch.setattr("rckp.files.archive.sort_key", no_room)
    assert reports(file) == [(None, "cannot be read: there is not enough memory")]
