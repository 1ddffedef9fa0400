"""The extraction of requirements from the chapters, and its errors."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rckp.derive import chapters, requirements
from rckp.derive.chapters import Chapter, SpecError

ROOT = Path(__file__).resolve().parents[3]


def extracted(text: str, *others: Chapter) -> dict[str, requirements.Requirement]:
    return requirements.extract([Chapter("a.md", "A", f"# A\n\n{text}\n"), *others])


def req(identifier: str, body: str, role: str = "tool") -> str:
    return f"[{identifier} A title](#{identifier}){{ #{identifier} .req data-role={role} }} {body}"


def test_every_marker_of_the_chapters_is_extracted() -> None:
    found = requirements.extract(chapters.read(ROOT))
    texts = {path.name: path.read_text("utf-8") for path in ROOT.glob("spec/*.md")}
    marked = {
        (identifier, name)
        for name, text in texts.items()
        for identifier in re.findall(r"#([A-Z]+-\d+) \.req", text)
    }
    assert len(marked) > 40
    assert {(each.id, each.chapter) for each in found.values()} == marked
    assert [each.order for each in found.values()] == list(range(1, len(found) + 1))


def test_the_committed_file_is_what_the_chapters_say() -> None:
    found = requirements.extract(chapters.read(ROOT))
    committed = (ROOT / "spec/requirements.json").read_text("utf-8")
    assert committed == requirements.render(found.values())
    rows = json.loads(committed)["requirements"]
    roles = {row["role"] for row in rows}
    assert roles == {*requirements.ROLES}
    titles = [row["title"] for row in rows]
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) <= 40
    assert not [row for row in rows if re.search(r"`|\]\(|\{ #|\*\*|^\s|\s$", row["text"])]


def test_the_roles_are_those_of_the_classes() -> None:
    text = (ROOT / "spec/conformance.md").read_text("utf-8")
    roles = set(re.findall(r"^\| `(\w+)` \|.*\| \w+ \|$", text, re.MULTILINE))
    assert len(roles) >= 2
    assert {*requirements.ROLES} == {*roles, "application", "tool", "implementation", "format"}


def test_every_code_cites_a_requirement_that_exists() -> None:
    found = requirements.extract(chapters.read(ROOT))
    codes = json.loads((ROOT / "spec/errors.json").read_text("utf-8"))["codes"]
    cited = [row["requirement"] for row in codes if row["requirement"]]
    assert len(cited) >= 10
    assert set(cited) <= set(found)


def test_a_requirement_is_taken_apart() -> None:
    (only,) = extracted(
        req(
            "X-1", "**`some-code`**: when [it](b.md) *is* so, a decoder\nMUST\nNOT `x*y*` it. More."
        )
    ).values()
    assert only == requirements.Requirement(
        "X-1",
        "A title",
        "X-1",
        "a.md",
        "A",
        "MUST NOT",
        "tool",
        "some-code: when it is so, a decoder MUST NOT x*y* it. More.",
        1,
    )


@pytest.mark.parametrize(
    ("body", "level"),
    [
        ("A tool MAY try; it MUST say so.", "MUST"),
        ("A tool SHOULD try and MAY fail.", "SHOULD"),
        ("An encoder that has a tool SHALL NOT use it.", "MUST NOT"),
        ("Every integer of a decoder SHOULD NOT be odd.", "SHOULD NOT"),
        ('A decoder that meets every "MUST" MAY rest.', "MAY"),
    ],
)
def test_the_level_is_that_of_the_strongest_word(body: str, level: str) -> None:
    (only,) = extracted(req("X-1", body)).values()
    assert only.level == level


def test_list_items_can_be_requirements_and_end_them() -> None:
    found = extracted(
        f"* {req('X-1', 'A tool MUST a.')}\n* {req('X-2', 'A tool MUST b')}\n  and c.\n"
        "* No requirement."
    )
    assert [each.text for each in found.values()] == ["A tool MUST a.", "A tool MUST b and c."]


def test_the_list_that_is_announced_belongs_to_the_requirement() -> None:
    text = (
        f"{req('X-1', 'A tool MUST take one of these:')}\n\n"
        "1. one\\_a, `\\_`, which\n   goes on;\n2. a row:\n\n"
        "    | name | a | b |\n    |---|---|---|\n    | `x\\|y` | 1 | [2](b.md) |\n\n"
        "3. three.\n\nNot this.\n\n* Nor this."
    )
    (only,) = extracted(text).values()
    assert only.text == (
        "A tool MUST take one of these: 1. one_a, \\_, which goes on; 2. a row: "
        "x|y (a: 1; b: 2). 3. three."
    )
    (only,) = extracted(
        f"{req('X-1', 'A tool MUST take:')}\n\n| a | b |\n|--|--|\n| c | d |\n| e | f |\n"
    ).values()
    assert only.text == "A tool MUST take: c: d; e: f."


def test_no_requirement_is_cut_or_has_marks_of_markdown() -> None:
    """Each list item and table row right after a requirement that announces them is in its text."""
    found = requirements.extract(chapters.read(ROOT))
    for each in found.values():
        assert re.search(r"[.!?][)\"']?$", each.text), each.id
        assert not re.search(r"\\[`*_<>\[\]{}|#]|`|\]\(|\.req|\*\*", each.text), each.id
    assert found["PATH-6"].text.endswith("5. ./.roma/checkpoints.")
    assert r"Windows: %LOCALAPPDATA%\roma\checkpoints, else %APPDATA%" in found["PATH-6"].text
    assert found["SEL-1"].text.endswith("3. one of the statuses running, failed and interrupted.")
    assert "none (after a kill: old or new, whole; after a power cut: " in found["SAFE-15"].text
    announced = {each.id for each in found.values() if ": " in each.text}
    assert {"PATH-6", "SEL-1", "SAFE-15"} <= announced


def test_what_is_quoted_as_code_is_not_said() -> None:
    assert extracted("`MUST`\n\n| `MUST` |\n\n# Of `MUST`") == {}


def test_the_links_of_what_is_derived_must_lead_somewhere() -> None:
    with pytest.raises(SpecError, match="no X-9"):
        extracted("<!-- derived:x -->\n[X-9](#X-9)\n<!-- /derived -->\n")


def test_the_link_to_the_cases_is_no_part_of_the_requirement() -> None:
    body = "A tool MUST a."
    plain = extracted(req("X-1", body))
    assert extracted(req("X-1", f"[cases](cases/a.md#x){{ .cases }}\n{body}")) == plain
    assert extracted(f"* {req('X-1', '[no case](b){ .cases }')}\n  {body}") == plain


GOOD = req("X-1", "A tool MUST a.")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("One.\n\nTwo\nMUST three.", 6, "MUST stands outside"),
        ("One NOT\nRECOMMENDED two.", 3, "NOT RECOMMENDED stands outside"),
        (f"{GOOD}\n\nIt MAY b.", 5, "MAY stands outside"),
        (f"{GOOD}\n* It MAY b.", 4, "MAY stands outside"),
        ("!!! note\n    It SHOULD b.", 4, "SHOULD stands outside"),
        ('!!! note "It MUST b"', 3, "MUST stands where no requirement can"),
        (f"{GOOD}\n\n## It MUST b", 5, "MUST stands where no requirement can"),
        (f"{GOOD}\n| it | REQUIRED |", 4, "REQUIRED stands where no requirement can"),
        ("```text\nx  # OPTIONAL\n```", 4, "OPTIONAL stands where no requirement can"),
        ("<!-- derived:x -->\nMUST\n<!-- /derived -->", 4, "MUST stands where no requirement"),
        (f"{GOOD} [cases](b){{ .cases }}", 3, "does not stand where"),
        ("[cases](b){ .cases } It does.", 3, "does not stand where"),
        (":   It SHOULD b.", 3, "SHOULD stands outside"),
        (req("X-1", "A tool MUST a"), 3, "does not end with the end of a sentence"),
        (req("X-1", "A tool MUST do:"), 3, "neither a list nor a table follows"),
        (f"{req('X-1', 'A tool MUST do:')}\n\nThis.\n\n* a", 3, "neither a list nor"),
        (f"* {req('X-1', 'A tool MUST do:')}\n  * a", 3, "neither a list nor"),
        (req("X-1", "A tool does a."), 3, "no requirement word"),
        (req("X-1", "A tool `MUST` a."), 3, "no requirement word"),
        (req("X-1", "A tool\nMUST not a."), 4, "neither one word nor two"),
        (req("X-1", "A tool MUST a.", "nobody"), 3, "has the role nobody, which is none of"),
        ("[X-1 A](#X-2){ #X-1 .req data-role=tool } A tool MUST a.", 3, "links to #X-2"),
        ("[X-1 A](#X-1){ #X-2 .req data-role=tool } A tool MUST a.", 3, "has the anchor #X-2"),
        ("[x-1 A](#x-1){ #x-1 .req data-role=tool } A tool MUST a.", 3, "does not stand where"),
        ("[X-1](#X-1){ #X-1 .req data-role=tool } A tool MUST a.", 3, "does not stand where"),
        ("[X-1 A](#X-1){ #X-1 .req } A tool MUST a.", 3, "does not stand where"),
        (f"And {GOOD}", 3, "does not stand where"),
        (f"{GOOD}\n{req('X-2', 'A tool MUST b.')}", 4, "does not stand where"),
        (f"{GOOD}\n\n{GOOD}", 5, "X-1 is already in spec/a.md"),
        (f"{GOOD}\n\n## Retired requirements\n\n* `X-1`: a.", 3, "X-1 is retired"),
        (f"{GOOD}\n\n## Retired requirements\n\n* X-2: a.", 7, "listed by its id"),
        (f"{GOOD} See\n[it](#X-2).", 4, "no X-2 in a.md"),
        (f"{GOOD} See [it](b.md#X-1).", 3, "no X-1 in b.md; it is in a.md"),
        (f"{GOOD}\n\nSee X-2.", 5, "no requirement X-2"),
    ],
)
def test_what_is_refused(text: str, line: int, reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        extracted(text)
    assert str(caught.value).startswith(f"spec/a.md:{line}: ")
    assert reason in str(caught.value)


def test_no_sentence_of_the_chapters_can_require_without_an_id() -> None:
    """A sentence put in anywhere, and each requirement without its marker, is refused."""
    every = chapters.read(ROOT)
    tried, missed = 0, []
    for at, chapter in enumerate(every):
        others = [*every[:at], *every[at + 1 :]]
        lines = chapter.text.splitlines(keepends=True)
        changed = [
            (number, "".join([*lines[:number], "\n\nNothing MUST be here.\n\n", *lines[number:]]))
            for number in range(len(lines) + 1)
        ]
        changed += [
            (number, "".join([*lines[:number], MARKER.sub("", line), *lines[number + 1 :]]))
            for number, line in enumerate(lines)
            if MARKER.search(line)
        ]
        for number, text in changed:
            tried += 1
            try:
                requirements.extract([chapter._replace(text=text), *others])
            except SpecError as error:
                if REFUSED.search(str(error)):
                    continue
            missed.append(f"{chapter.path}:{number}")
    assert tried > 1500
    assert missed == []


MARKER = re.compile(
    r"\[([A-Z]+-\d+) [^\]]+\]\(#\1\)\{ #\1 \.req [^}]*\} (?:\[.*?\]\(.*?\)\{ \.cases \}\s)?"
)
REFUSED = re.compile("stands outside|stands where no|has no requirement word|does not stand where")


def test_an_id_may_be_mentioned_after_it_was_retired() -> None:
    text = f"{GOOD}\n\nOnce X-2.\n\n## Retired requirements\n\n* `X-2`: replaced by [X-1](#X-1)."
    assert list(extracted(text)) == ["X-1"]


def test_a_chapter_must_be_in_the_contents(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/index.md").write_text("# S\n\n| [A](a.md) | a |\n")
    with pytest.raises(SpecError, match=r"^spec/a\.md:1: does not exist"):
        chapters.read(tmp_path)
    (tmp_path / "spec/a.md").write_text("# A\n")
    assert [each.title for each in chapters.read(tmp_path)] == ["S", "A"]
    (tmp_path / "spec/b.md").write_text("# B\n")
    with pytest.raises(SpecError, match=r"^spec/b\.md:1: is not in the table"):
        chapters.read(tmp_path)
