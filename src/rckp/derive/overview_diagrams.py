"""`docs/diagrams/*.svg`: the pictures of the start page and of "The format in ten minutes".

The names, the hashes and the bytes in them are computed from a case and from a file that
`roma_lib` left.
"""

from __future__ import annotations

from pathlib import Path

from rckp.derive.javascript import SAMPLES
from rckp.derive.picture import MARGIN, WIDTH, Picture
from rckp.format import layout as roles
from rckp.format.layout import Layout
from rckp.format.paths import checkpoint_file_name, scope_path
from rckp.format.scan import ByteReader, Event, scan
from rckp.grammar import RECORD

_RIGHT = WIDTH - MARGIN
REAL = next(sample.path for sample in SAMPLES if sample.about == "left by roma_lib")
_EXAMPLE = next(sample.path for sample in SAMPLES if sample.path.endswith("example.ckpt"))


def render(root: Path, layout: Layout) -> dict[str, str]:
    """Return every picture by its file name. Raises `DecodeError` for an invalid sample."""
    return {
        "killed-run.svg": _killed_run(),
        "layers.svg": _layers(),
        "tree.svg": _tree((root / _EXAMPLE).read_bytes()),
        "saving.svg": _saving(),
        "statuses.svg": _statuses(),
        "real-file.svg": _real_file((root / REAL).read_bytes(), layout),
    }


def _killed_run() -> str:
    picture = Picture(
        "A run that is killed and resumed",
        "A run saves its state at iterations 0, 10 and 20, each time to the same file, and is "
        "killed at iteration 27. The next start finds the file, restores iteration 20 and goes "
        "on. At its end the run deletes the file.",
    )
    first, second = 64, 208
    picture.text(MARGIN, 34, "A run saves its state and is killed …")
    picture.arrow(MARGIN, first, 346, first)
    for x, iteration in ((40, 0), (142, 10), (244, 20)):
        picture.box(x - 7, first - 7, 14, 14, roles.CONTENT)
        picture.text(x, first + 26, str(iteration), anchor="middle", size=13)
        picture.line(x, first + 32, x, 122)
    picture.text(358, first + 5, "killed at 27", size=13)
    picture.box(MARGIN, 122, _RIGHT - MARGIN, 40, roles.INTEGER)
    picture.text(
        WIDTH / 2, 147, "one checkpoint file: always the last save", anchor="middle", size=14
    )
    picture.arrow(244, 162, 244, second - 8)
    picture.box(237, second - 7, 14, 14, roles.CONTENT)
    picture.arrow(251, second, 426, second)
    picture.text(254, second + 26, "restores 20, goes on", size=13)
    picture.text(_RIGHT, second + 5, "end", anchor="end", size=13)
    picture.text(MARGIN, second + 5, "… the next start resumes it")
    picture.text(
        _RIGHT, second + 46, "At its end, the run deletes the file.", anchor="end", size=13
    )
    return picture.svg()


def _layers() -> str:
    rows = (
        ("selection", "which run can be resumed", roles.STATUS),
        ("store", "which files are checkpoints; write, read, delete", roles.FLAG),
        ("identity", "hashes, names and paths of a run", roles.MAGIC),
        ("writer and reader", "a record to bytes, bytes to a record", roles.CONTENT),
    )
    picture = Picture(
        "The layers of the specification",
        "; ".join(f"{name}: {what}" for name, what, _ in rows) + "; below them a file.",
    )
    y = MARGIN + 4
    for name, what, role in rows:
        picture.box(MARGIN, y, _RIGHT - MARGIN, 50, role)
        picture.text(MARGIN + 12, y + 21, name)
        picture.text(MARGIN + 12, y + 40, what, size=13)
        y += 50
        picture.arrow(WIDTH / 2, y, WIDTH / 2, y + 18)
        y += 18
    picture.box(MARGIN, y, _RIGHT - MARGIN, 30, roles.INTEGER)
    picture.text(
        WIDTH / 2, y + 20, "52 43 4B 50 …  the bytes of a file", anchor="middle", mono=True
    )
    return picture.svg()


def _tree(example: bytes) -> str:
    record = RECORD.parse(example)  # the codec may be the one that is to be derived
    scope = scope_path(
        record.algorithm_name,
        record.problem_description,
        record.algorithm_signature_hash,
        record.problem_signature_hash,
    )
    algorithm, problem = str(scope).split("/")
    rows = (
        ("BASE/", "the base directory, given by the program or the system"),
        (f"{algorithm}/", "name and hash of the algorithm"),
        (f"{problem}/", "description and hash of the problem"),
        (checkpoint_file_name(record.run_id), "one file for each run, named by its run id"),
    )
    picture = Picture(
        "The tree on disk", ", in it ".join(f"{name} ({what})" for name, what in rows) + "."
    )
    y = MARGIN + 16
    for depth, (name, what) in enumerate(rows):
        x = MARGIN + 18 * depth
        if depth:
            picture.line(x - 10, y - 24, x - 10, y - 4)
            picture.line(x - 10, y - 4, x - 2, y - 4)
        picture.text(x, y, name, mono=True, size=13)
        picture.text(x + 2, y + 18, what, size=13, soft=True)
        y += 48
    return picture.svg()


def _saving() -> str:
    steps = (
        ("create a temporary file in the directory", "old"),
        ("write all bytes to it", "old"),
        ("flush it to the disk", "old"),
        ("rename it to the name of the checkpoint", "new"),
        ("flush the directory", "new"),
    )
    picture = Picture(
        "How a checkpoint is replaced",
        "; ".join(f"{number}. {what}" for number, (what, _) in enumerate(steps, 1))
        + ". Before the rename the name leads to the old checkpoint, from then on to the new one.",
    )
    picture.text(MARGIN, 32, "step", size=13, soft=True)
    picture.text(_RIGHT - 50, 32, "at the name", anchor="middle", size=13, soft=True)
    y = 42
    for number, (what, found) in enumerate(steps, 1):
        picture.box(MARGIN, y, 340, 34, roles.LENGTH)
        picture.text(MARGIN + 12, y + 22, f"{number}. {what}")
        role = roles.INTEGER if found == "old" else roles.CONTENT
        picture.box(_RIGHT - 96, y, 96, 34, role)
        picture.text(_RIGHT - 48, y + 22, f"{found}, whole", anchor="middle")
        y += 42
    picture.text(MARGIN, y + 14, "A kill at any moment leaves one of the two.", size=13)
    return picture.svg()


def _statuses() -> str:
    picture = Picture(
        "The statuses of a checkpoint",
        "A run that starts saves with the status running, and each save replaces the last. If it "
        "fails, it saves with failed, if it is stopped, with interrupted. A run that is killed "
        "leaves running. Each of the three can be resumed, which writes running again. When the "
        "run has ended, its checkpoint is deleted.",
    )

    def state(x: float, y: float, name: str, role: str) -> None:
        picture.box(x, y, 120, 40, role)
        picture.text(x + 60, y + 25, name, anchor="middle")

    picture.text(MARGIN, 66, "start", size=14)
    picture.arrow(54, 61, 100, 61)
    state(100, 41, "running", roles.INTEGER)
    picture.arrow(220, 61, 344, 61)
    picture.text(282, 53, "the run ends", anchor="middle", size=13)
    picture.text(352, 66, "file deleted")
    picture.text(160, 30, "saves; also what a kill leaves", anchor="middle", size=13, soft=True)
    state(40, 170, "interrupted", roles.MAGIC)
    state(260, 170, "failed", roles.STATUS)
    picture.arrow(115, 81, 115, 170)
    picture.text(105, 130, "stopped", anchor="end", size=13)
    picture.arrow(145, 170, 145, 81)
    picture.text(153, 160, "resumed", size=13)
    picture.line(205, 81, 205, 112)
    picture.line(205, 112, 340, 112)
    picture.arrow(340, 112, 340, 170)
    picture.text(272, 106, "error", anchor="middle", size=13)
    picture.line(300, 170, 300, 136)
    picture.line(300, 136, 185, 136)
    picture.arrow(185, 136, 185, 81)
    picture.text(244, 152, "resumed", anchor="middle", size=13)
    return picture.svg()


_VALUE = 27  # characters of a value


def _real_file(data: bytes, layout: Layout) -> str:
    picture = Picture(
        "A file that roma_lib left when it was killed",
        f"{len(data)} bytes. For each field the range of its bytes, and its value. The payload "
        "begins with the number of iterations and evaluations.",
    )
    names = [field.name for field in layout.fields]
    spans: dict[str, tuple[int, int]] = {}
    values: dict[str, str] = {}
    for event in scan(ByteReader.from_bytes(data), layout):
        if isinstance(event, Event) and event.role != roles.END:
            start, _ = spans.get(event.field, (event.start, 0))
            spans[event.field] = start, event.stop
            values[event.field] = _shown(event, data[event.start : event.stop])
    y = MARGIN + 12
    for name in names:
        if name not in spans:
            continue
        start, stop = spans[name]
        picture.text(MARGIN + 66, y, f"{start}..{stop}", anchor="end", size=12, soft=True)
        picture.text(MARGIN + 76, y, name, mono=True, size=12)
        picture.text(MARGIN + 256, y, values[name], mono=True, size=12)
        y += 22
        if name == "step_state_payload":
            for member in _members(data[start + 4 : stop].decode()):
                picture.text(MARGIN + 256, y, member, mono=True, size=12, soft=True)
                y += 18
            y += 4
    picture.text(MARGIN, y + 6, f"{len(data)} bytes in all; no byte follows.", size=13)
    return picture.svg()


def _shown(event: Event, piece: bytes) -> str:
    if event.role == roles.FLAG:
        return "present" if event.value else "absent"
    if event.role == roles.LENGTH:
        return "empty"  # unless content follows
    if event.role == roles.CONTENT and event.field == "step_state_payload":
        return f"{len(piece)} bytes of text:"
    if event.role in (roles.MAGIC, roles.CONTENT):
        return _short(piece.decode()) if piece else "empty"
    return str(event.value)


def _members(payload: str) -> list[str]:
    return [_short(member) for member in payload.split(";")]


def _short(text: str) -> str:
    return text if len(text) <= _VALUE else f"{text[: _VALUE - 1]}…"
