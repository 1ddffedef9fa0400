"""The cases of the class identity: hashes, timestamps, names, the base directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.tools.casegen.draft import Draft
from conformance.tools.casegen.tree import case, error

# (name, parameters, hash of "name|parameters"); where one is given, it comes from the original.
HASHES: dict[str, tuple[str, str, int]] = {
    "hill-climbing": (
        "HillClimbing",
        "mutation_probability=0.20;termination=max_iterations:100",
        9510581758912935335,
    ),
    "tsp": (
        "roma::problem::implementations::tsp_problem::TspProblem",
        "cities=52;close_tour=true;fixed_start_city=none",
        16558581092033737542,
    ),
    "example-algorithm": ("HC", "p=1", 415223577292991570),
    "example-problem": ("TSP", "n=4", 7209118388074153479),
    "empty": ("", "", 12638210290299834427),
    "empty-parameters": ("a", "", 0),
    "empty-name": ("", "a", 0),
    "separator-in-name": ("a|b", "c", 16611863948481733063),
    "separator-in-parameters": ("a", "b|c", 16611863948481733063),
    "two-bytes": ("é", "", 0),
    "decomposed": ("e\u0301", "", 0),
    "three-bytes": ("中文", "", 0),
    "four-bytes": ("😀", "😀", 0),
    "nul": ("a\0b", "\0", 0),
    "blank-kept": (" a ", "\t", 0),
    "case-kept": ("A", "a", 0),
    "bom-kept": ("\ufeffa", "", 0),
    "last-scalar": ("\U0010ffff", "\ud7ff\ue000", 0),
    "long": ("x" * 1000, "y" * 1000, 0),
    "very-long": ("x" * 70000 + "é", "y" * 70000, 0),
}
WHY_HASH = {
    "separator-in-name": "Nothing is escaped: this collides with (a, b|c) on purpose.",
    "separator-in-parameters": "Nothing is escaped: this collides with (a|b, c) on purpose.",
    "empty": "The separator is hashed even between two empty strings.",
    "decomposed": "Nothing is normalised: e with a combining accent is not the one character.",
    "four-bytes": "The hash goes over UTF-8, not over UTF-16 units or code points.",
    "very-long": "Longer than 64 KiB: a hash over the first piece alone is another one.",
    "bom-kept": "A byte order mark is a character like any other.",
}

TIMESTAMPS: dict[str, tuple[str, int | None, str]] = {
    "usual": (
        "HillClimbing-5229-00000000000000000000-1795415207261",
        1795415207261,
        "The usual scheme: the milliseconds are what follows the last hyphen.",
    ),
    "plus": ("x-+5", 5, "One plus sign is allowed before the digits, as in Rust."),
    "two-pluses": ("x-++5", None, "Only one plus sign is allowed."),
    "plus-alone": ("x-+", None, "A sign without a digit is no number."),
    "plus-inside": ("x-5+5", None, "A plus sign is allowed only in front."),
    "two-hyphens": ("x--5", 5, "The last hyphen separates; it is not a minus sign."),
    "hyphen-first": ("-7", 7, "Nothing needs to stand before the hyphen."),
    "no-hyphen": ("7", None, "Without a hyphen there is no timestamp."),
    "empty": ("", None, "An empty run id has no timestamp."),
    "nothing-follows": ("x-", None, "Nothing follows the last hyphen."),
    "text-follows": ("x-5-y", None, "Only what follows the last hyphen counts."),
    "zero": ("x-0", 0, "Zero is a timestamp, and not the same as none."),
    "leading-zeros": ("x-0005", 5, "Leading zeros are allowed; this is not octal."),
    "leading-zero": ("x-010", 10, "A leading zero does not make it octal."),
    "many-leading-zeros": (
        "x-" + "0" * 5000 + "5",
        5,
        "Any number of leading zeros: some languages limit the digits that they convert.",
    ),
    "underscore": ("x-1_000", None, "Python's int() reads underscores; Rust does not."),
    "arabic-digits": ("x-١٢", None, "Digits of another script are no ASCII digits."),
    "full-width-digits": ("x-５", None, "Full-width digits are no ASCII digits."),
    "superscript": ("x-²", None, "A superscript is a digit to str.isdigit, and to nobody else."),
    "blank-before": ("x- 5", None, "Blanks are not skipped."),
    "blank-after": ("x-5 ", None, "Blanks are not skipped."),
    "line-feed": ("x-5\n", None, "A line feed is a blank, too."),
    "nul": ("x-5\0", None, "A NUL does not end the string."),
    "exponent": ("x-1e3", None, "This is no floating-point number."),
    "fraction": ("x-5.0", None, "This is no floating-point number."),
    "hexadecimal": ("x-0x5", None, "Only decimal digits count."),
    "letter": ("x-5a", None, "A number must not be followed by anything."),
    "above-2-53": ("x-9007199254740993", 9007199254740993, "A double cannot hold this."),
    "above-2-64": (
        "x-18446744073709551616",
        18446744073709551616,
        "A timestamp has 128 bits, not 64.",
    ),
    "2-128-minus-1": ("x-" + str(2**128 - 1), 2**128 - 1, "The greatest timestamp there is."),
    "2-128": ("x-" + str(2**128), None, "One more than 128 bits hold."),
    "2-128-with-zeros": ("x-000" + str(2**128 - 1), 2**128 - 1, "Zeros in front add nothing."),
    "far-too-great": ("x-" + "9" * 200, None, "Far more than 128 bits hold: not wrapped."),
    "en-dash": ("x–5", None, "An en dash is no hyphen."),
}

# text: what it is sanitised to
SANITISED: dict[str, tuple[str, str, str]] = {
    "plain": ("HillClimbing-5229-0-1795415207261", "HillClimbing-5229-0-1795415207261", ""),
    "underscore-inside": ("a_b", "a_b", "An underscore inside stays."),
    "colon": ("a:b", "a_b", "This meets a_b, and that is how it is."),
    "blanks-and-slash": ("run:/ 01", "run___01", "One underscore for each character."),
    "underscores-outside": ("__a__", "a", "Underscores that were there before go, too."),
    "hyphens-outside": ("--a--", "--a--", "Only underscores are stripped."),
    "mixed-outside": ("_-_a", "-_a", "Stripping stops at the first other character."),
    "up": ("../../etc/passwd", "etc_passwd", "No way leads out of the base."),
    "absolute": ("/etc", "etc", "No way leads out of the base."),
    "points": ("..", "unnamed", "Two points are no name."),
    "backslash": ("..\\..\\a", "a", "A backslash separates on some systems."),
    "extension": ("a.ckpt", "a_ckpt", "A point is replaced as well."),
    "nul": ("a\0b", "a_b", "A NUL would end the name."),
    "line-feed": ("a\nb", "a_b", "A line feed is a character like any other."),
    "empty": ("", "unnamed", "Nothing is left, and so the name is unnamed."),
    "underscores-only": ("___", "unnamed", "Nothing is left, and so the name is unnamed."),
    "signs": ("@@@", "unnamed", "Nothing is left, and so the name is unnamed."),
    "cjk": ("中文", "unnamed", "Letters of other scripts are not ASCII letters."),
    "latin-1": ("é", "unnamed", "A letter, but not an ASCII one; meets 中文."),
    "unnamed": ("unnamed", "unnamed", "The name itself meets everything that leaves nothing."),
    "decomposed": ("xe\u0301y", "xe_y", "Two scalar values: the accent becomes an underscore."),
    "composed": ("x\u00e9y", "x_y", "One scalar value, one underscore, though two bytes."),
    "astral": ("😀a😀b", "a_b", "One underscore for a scalar value, not one per UTF-16 unit."),
    "astral-inside": ("a😀b", "a_b", "One underscore for four bytes."),
    "full-width": ("ＡＢ", "unnamed", "Full-width letters are not ASCII."),
    "arabic-digits": ("x١٢y", "x__y", "str.isalnum takes these for digits."),
    "superscript": ("a²b", "a_b", "str.isalnum takes this for a digit."),
    "sharp-s": ("aßb", "a_b", "Nothing is transliterated."),
    "kelvin": ("a\u212ab", "a_b", "The Kelvin sign is no K, whatever case folding says."),
    "case-kept": ("aBc", "aBc", "Case is kept, even where the file system ignores it."),
    "combining-only": ("\u0301", "unnamed", "Nothing is left, and so the name is unnamed."),
    "hyphen": ("-", "-", "A hyphen alone is something that is left."),
    "hyphens": ("--", "--", "Two hyphens are something that is left."),
    "hyphen-in-underscores": ("_-_", "-", "Stripping stops at the hyphen, from both sides."),
    "246": ("r" * 246, "r" * 246, "The longest that fits into 255 bytes."),
    "247": ("r" * 247, "r" * 247, "Too long for most file systems, but not cut short."),
}

BASES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "explicit-first": (
        {"explicit": "/e", "environment": {"ROMA_CHECKPOINT_DIR": "/r", "HOME": "/h"}},
        "/e",
        "PATH-6",
        "What the user names comes before everything else.",
    ),
    "variable-second": (
        {"environment": {"ROMA_CHECKPOINT_DIR": "/r", "XDG_STATE_HOME": "/x", "HOME": "/h"}},
        "/r",
        "PATH-6",
        "ROMA_CHECKPOINT_DIR comes before the directory for state.",
    ),
    "variable-relative": (
        {"environment": {"ROMA_CHECKPOINT_DIR": "here", "HOME": "/h"}},
        "here",
        "PATH-7",
        "A relative value stays relative.",
    ),
    "variable-tilde": (
        {"environment": {"ROMA_CHECKPOINT_DIR": "~/c", "HOME": "/h"}},
        "~/c",
        "PATH-7",
        "Nothing is expanded; that is the shell's business.",
    ),
    "variable-empty": (
        {"environment": {"ROMA_CHECKPOINT_DIR": "", "XDG_STATE_HOME": "/x", "HOME": "/h"}},
        "/x/roma/checkpoints",
        "PATH-6 PATH-7",
        "An empty variable counts as unset.",
    ),
    "state-home": (
        {"environment": {"XDG_STATE_HOME": "/x", "HOME": "/h"}, "project": "/p"},
        "/x/roma/checkpoints",
        "PATH-6",
        "On Linux the directory for state comes before the project's.",
    ),
    "state-home-relative": (
        {"environment": {"XDG_STATE_HOME": "x", "HOME": "/h"}},
        "x/roma/checkpoints",
        "PATH-7",
        "The original does not refuse a relative XDG_STATE_HOME.",
    ),
    "state-home-empty": (
        {"environment": {"XDG_STATE_HOME": "", "HOME": "/h"}},
        "/h/.local/state/roma/checkpoints",
        "PATH-6 PATH-7",
        "An empty variable counts as unset.",
    ),
    "home": (
        {"environment": {"HOME": "/h"}},
        "/h/.local/state/roma/checkpoints",
        "PATH-6",
        "Without XDG_STATE_HOME its default below the home directory.",
    ),
    "no-home-project": (
        {"environment": {}, "project": "/p"},
        "/p",
        "PATH-6",
        "Without a home there is no directory for state, and the project's is next.",
    ),
    "home-empty-project": (
        {"environment": {"HOME": ""}, "project": "/p"},
        "/p",
        "PATH-6 PATH-7",
        "An empty HOME counts as unset; the result is not /.local/state.",
    ),
    "nothing": (
        {"environment": {}},
        "./.roma/checkpoints",
        "PATH-6",
        "The last resort is below the current directory.",
    ),
    "macos": (
        {"system": "macos", "environment": {"HOME": "/h", "XDG_STATE_HOME": "/x"}},
        "/h/Library/Application Support/roma/checkpoints",
        "PATH-6",
        "On macOS, XDG_STATE_HOME plays no part.",
    ),
    "macos-no-home": (
        {"system": "macos", "environment": {"XDG_STATE_HOME": "/x"}},
        "./.roma/checkpoints",
        "PATH-6 PATH-7",
        "On macOS, XDG_STATE_HOME plays no part.",
    ),
    "windows-local": (
        {
            "system": "windows",
            "environment": {"LOCALAPPDATA": "C:\\l", "APPDATA": "C:\\a", "HOME": "/h"},
        },
        "C:\\l\\roma\\checkpoints",
        "PATH-6",
        "On Windows, LOCALAPPDATA comes first and HOME plays no part.",
    ),
    "windows-roaming": (
        {"system": "windows", "environment": {"LOCALAPPDATA": "", "APPDATA": "C:\\a"}},
        "C:\\a\\roma\\checkpoints",
        "PATH-6 PATH-7",
        "Without LOCALAPPDATA, APPDATA.",
    ),
    "windows-roaming-empty": (
        {"system": "windows", "project": "C:\\p", "environment": {"APPDATA": ""}},
        "C:\\p",
        "PATH-6 PATH-7",
        "An empty APPDATA counts as unset.",
    ),
    "macos-home-empty": (
        {"system": "macos", "project": "/p", "environment": {"HOME": ""}},
        "/p",
        "PATH-6 PATH-7",
        "An empty HOME counts as unset, on macOS too.",
    ),
    "other-home-empty": (
        {"system": "other", "project": "/p", "environment": {"HOME": ""}},
        "/p",
        "PATH-6 PATH-7",
        "An empty HOME counts as unset, on every system.",
    ),
    "windows-neither": (
        {"system": "windows", "environment": {"HOME": "/h"}},
        "./.roma/checkpoints",
        "PATH-6 PATH-7",
        "On Windows, HOME plays no part.",
    ),
    "other-system": (
        {"system": "other", "environment": {"HOME": "/h", "XDG_STATE_HOME": "/x"}},
        "/h/.roma/checkpoints",
        "PATH-6",
        "On other systems a hidden directory in the home directory.",
    ),
    "variable-blanks": (
        {"environment": {"ROMA_CHECKPOINT_DIR": "  ", "HOME": "/h"}},
        "  ",
        "PATH-6 PATH-7",
        "Blanks are not the empty string: the value is taken as it is, not trimmed away.",
    ),
    "state-home-blanks": (
        {"environment": {"XDG_STATE_HOME": " \t", "HOME": "/h"}},
        " \t/roma/checkpoints",
        "PATH-6 PATH-7",
        "Blanks are not the empty string: the value is taken as it is, not trimmed away.",
    ),
    "variable-separator-at-end": (
        {"environment": {"ROMA_CHECKPOINT_DIR": "/r/", "HOME": "/h"}},
        "/r/",
        "PATH-7",
        "The value is taken as it is; nothing is joined to it, and nothing taken from its end.",
    ),
    "home-separator-at-end": (
        {"environment": {"HOME": "/h/"}},
        "/h/.local/state/roma/checkpoints",
        "PATH-6",
        "A value with a separator at its end gets no second one.",
    ),
    "home-is-root": (
        {"environment": {"HOME": "/"}},
        "/.local/state/roma/checkpoints",
        "PATH-6",
        "The root ends in a separator: two at the start of a path may mean something else.",
    ),
    "windows-separator-at-end": (
        {"system": "windows", "environment": {"LOCALAPPDATA": "C:\\l\\"}},
        "C:\\l\\roma\\checkpoints",
        "PATH-6",
        "A value with a separator at its end gets no second one.",
    ),
    "explicit-empty": (
        {"explicit": "", "environment": {"ROMA_CHECKPOINT_DIR": "/r", "HOME": "/h"}},
        "",
        "PATH-6",
        "An empty directory is given all the same: only variables count as unset when empty.",
    ),
    "project-empty": (
        {"environment": {}, "project": ""},
        "",
        "PATH-6",
        "An empty directory is given all the same: only variables count as unset when empty.",
    ),
    "other-system-project": (
        {"system": "other", "environment": {"HOME": "/h"}, "project": "/p"},
        "/h/.roma/checkpoints",
        "PATH-6",
        "On other systems, too, the home directory comes before the project's.",
    ),
    "other-system-no-home-project": (
        {"system": "other", "environment": {"XDG_STATE_HOME": "/x"}, "project": "/p"},
        "/p",
        "PATH-6 PATH-7",
        "On other systems, too, the project's directory is next when there is no home.",
    ),
    "other-system-home-empty-project": (
        {"system": "other", "environment": {"HOME": ""}, "project": "/p"},
        "/p",
        "PATH-6 PATH-7",
        "An empty HOME counts as unset; the result is not /.roma/checkpoints.",
    ),
    "other-system-nothing": (
        {"system": "other", "environment": {}},
        "./.roma/checkpoints",
        "PATH-6 PATH-7",
        "The last resort is below the current directory, on every system.",
    ),
    "other-system-variable": (
        {"system": "other", "environment": {"ROMA_CHECKPOINT_DIR": "/r", "HOME": "/h"}},
        "/r",
        "PATH-6",
        "ROMA_CHECKPOINT_DIR comes before the home directory, on every system.",
    ),
    "windows-separator": (
        {"system": "windows", "environment": {"LOCALAPPDATA": "C:\\"}},
        "C:\\roma\\checkpoints",
        "PATH-6 PATH-7",
        "A value that ends in a separator gets no second one.",
    ),
    "macos-project": (
        {"system": "macos", "environment": {"HOME": "/h"}, "project": "/p"},
        "/h/Library/Application Support/roma/checkpoints",
        "PATH-6",
        "On macOS, too, the home directory comes before the project's.",
    ),
    "macos-no-home-project": (
        {"system": "macos", "environment": {"XDG_STATE_HOME": "/x"}, "project": "/p"},
        "/p",
        "PATH-6 PATH-7",
        "On macOS, too, the project's directory is next when there is no home.",
    ),
    "macos-explicit": (
        {
            "system": "macos",
            "explicit": "/e",
            "environment": {"ROMA_CHECKPOINT_DIR": "/r", "HOME": "/h"},
        },
        "/e",
        "PATH-6",
        "What the user names comes before everything else, on every system.",
    ),
    "other-system-explicit": (
        {
            "system": "other",
            "explicit": "/e",
            "environment": {"ROMA_CHECKPOINT_DIR": "/r", "HOME": "/h"},
        },
        "/e",
        "PATH-6",
        "What the user names comes before everything else, on every system.",
    ),
    "windows-explicit": (
        {
            "system": "windows",
            "explicit": "C:\\e",
            "environment": {"ROMA_CHECKPOINT_DIR": "C:\\r", "LOCALAPPDATA": "C:\\l"},
        },
        "C:\\e",
        "PATH-6",
        "What the user names comes before everything else, on every system.",
    ),
    "windows-variable": (
        {
            "system": "windows",
            "environment": {"ROMA_CHECKPOINT_DIR": "C:\\r", "LOCALAPPDATA": "C:\\l"},
        },
        "C:\\r",
        "PATH-6",
        "ROMA_CHECKPOINT_DIR comes before the directory for state, on every system.",
    ),
    "windows-project": (
        {
            "system": "windows",
            "environment": {"APPDATA": "C:\\a"},
            "project": "C:\\p",
        },
        "C:\\a\\roma\\checkpoints",
        "PATH-6",
        "On Windows, too, the directory for state comes before the project's.",
    ),
    "windows-profile": (
        {"system": "windows", "environment": {"USERPROFILE": "C:\\u"}},
        "./.roma/checkpoints",
        "PATH-6 PATH-7",
        "On Windows, USERPROFILE plays no part, though many libraries take it for the home.",
    ),
    "windows-profile-project": (
        {
            "system": "windows",
            "environment": {"USERPROFILE": "C:\\u", "HOME": "/h", "XDG_STATE_HOME": "/x"},
            "project": "C:\\p",
        },
        "C:\\p",
        "PATH-6 PATH-7",
        "On Windows, neither USERPROFILE nor HOME comes before the project's directory.",
    ),
}


def fnv_1a(data: bytes) -> int:
    """The pseudo-code of IDENT-1, once more."""
    value = 0xCBF29CE484222325
    for byte in data:
        value ^= byte
        value = value * 0x100000001B3 % 2**64
    return value


def drafts() -> Iterator[Draft]:
    """All cases of this module."""
    for label, (first, second, stated) in HASHES.items():
        computed = fnv_1a(f"{first}|{second}".encode())
        if stated not in (0, computed):
            raise ValueError(f"{label}: {computed}, not {stated}")
        yield case(
            f"identity/hash/{label}",
            "signature-hashes",
            "IDENT-1 IDENT-2" + ("" if f"{first}{second}".isascii() else " IDENT-3"),
            WHY_HASH.get(label, "The signature hash is FNV-1a of 64 bits over the joined strings."),
            {"identity": _identity(first, second, second, first)},
            {
                "hashes": {
                    "algorithm": str(computed),
                    "problem": str(fnv_1a(f"{second}|{first}".encode())),
                }
            },
        )
    for field in _identity("", "", "", ""):
        for label, units in {"high": "d83d", "low": "de00", "reversed": "de00d83d"}.items():
            yield case(
                f"identity/hash/surrogate/{field}/{label}",
                "signature-hashes",
                "IDENT-1 IDENT-2 IDENT-3",
                "A lone surrogate has no UTF-8; hashing a replacement character finds strangers.",
                {"identity": _identity("a", "b", "c", "d") | {field: {"utf16": units}}},
                error("lone-surrogate", field=field),
            )
    for label, (run_id, timestamp, why) in TIMESTAMPS.items():
        yield case(
            f"identity/timestamp/{label}",
            "run-id-timestamp",
            "RUN-6 RUN-4",
            why,
            {"run_id": run_id},
            {"timestamp": None if timestamp is None else str(timestamp)},
        )
    for label, (text, sanitised, reason) in SANITISED.items():
        why = reason or "What needs no replacement stays as it is."
        yield case(
            f"identity/file-name/{label}",
            "file-name",
            "PATH-1 PATH-4",
            why,
            {"run_id": text},
            {"name": f"run-{sanitised}.ckpt"},
        )
        yield case(
            f"identity/scope/{label}",
            "scope-path",
            "PATH-1 PATH-2",
            why,
            _scope(text, "other", 1, 2),
            {"path": f"alg-{sanitised}-0000000000000001/prob-other-0000000000000002"},
        )
    for label, hashes in {
        "zero": (0, 0),
        "greatest": (2**64 - 1, 2**64 - 1),
        "one-letter": (10, 0xABCDEF),
        "high-bit": (2**63, 2**63 + 1),
    }.items():
        digits = [f"{value:016x}" for value in hashes]
        yield case(
            f"identity/scope/hash-{label}",
            "scope-path",
            "PATH-2 PATH-3",
            "A hash is 16 lower-case digits, padded, unsigned; and it is the one that is stored.",
            _scope("HC", "TSP", *hashes),
            {"path": f"alg-HC-{digits[0]}/prob-TSP-{digits[1]}"},
        )
    for label, (given, path, requirements, why) in BASES.items():
        whole = {"explicit": None, "project": None, "system": "linux"} | given
        yield case(f"identity/base/{label}", "base-dir", requirements, why, whole, {"path": path})


def _identity(*values: str) -> dict[str, Any]:
    names = (
        "algorithm_name",
        "algorithm_parameters",
        "problem_description",
        "problem_parameters",
    )
    return dict(zip(names, values, strict=True))


def _scope(algorithm: str, problem: str, a: int, p: int) -> dict[str, str]:
    return {
        "algorithm_name": algorithm,
        "problem_description": problem,
        "algorithm_signature_hash": str(a),
        "problem_signature_hash": str(p),
    }
