"""Decoders that get UTF-8 wrong: the table of the specification, with one row changed each."""

from __future__ import annotations

from conformance.tools.mutation.mutant import Change, Mutant, mutant

_TABLE = "format/utf8_by_hand.py"
_E0 = "(0xE0, 0xE0, ((0xA0, 0xBF), TAIL)),"
_ED = "(0xED, 0xED, ((0x80, 0x9F), TAIL)),"
_F0 = "(0xF0, 0xF0, ((0x90, 0xBF), TAIL, TAIL)),"
_F4 = "(0xF4, 0xF4, ((0x80, 0x8F), TAIL, TAIL)),"
_LAST = _F4 + "\n"
_STRAY = "(0x00, 0x7F, ()),"


def _utf8_mutant(label: str, why: str, *changes: tuple[str, str]) -> Mutant:
    return mutant(
        f"utf8/{label}",
        "TYPE-5 DEC-4",
        why,
        *(Change(_TABLE, old, new) for old, new in changes),
        by_hand=True,
        classes="reader",
    )


def _more(label: str, why: str, *rows: str) -> Mutant:
    """Rows that the table does not have."""
    return _utf8_mutant(label, why, (_LAST, _LAST + "".join(f"    {row}\n" for row in rows)))


MUTANTS: tuple[Mutant, ...] = (
    _utf8_mutant("tail-80-ff", "Asks a continuation byte for its highest bit alone.", ("TAIL = (0x80, 0xBF)", "TAIL = (0x80, 0xFF)")),
    _utf8_mutant("tail-7f", "Begins the continuation bytes one too early.", ("TAIL = (0x80, 0xBF)", "TAIL = (0x7F, 0xBF)")),
    _utf8_mutant("tail-c0", "Ends the continuation bytes one too late.", ("TAIL = (0x80, 0xBF)", "TAIL = (0x80, 0xC0)")),
    _utf8_mutant("tail-anything", "Counts the bytes of a sequence and does not look at them.", ("TAIL = (0x80, 0xBF)", "TAIL = (0x00, 0xFF)")),
    _utf8_mutant("tail-without-bf", "Ends the continuation bytes one too early.", ("TAIL = (0x80, 0xBF)", "TAIL = (0x80, 0xBE)")),
    _utf8_mutant("tail-without-80", "Begins the continuation bytes one too late.", ("TAIL = (0x80, 0xBF)", "TAIL = (0x81, 0xBF)")),
    *(
        _utf8_mutant(f"last-of-{count}-free", "Does not look at the last byte of a sequence.",
              ("FOLLOWING = {first: row[2]", f"FOLLOWING = {{first: (*row[2][:-1], (0, 255)) if len(row[2]) == {count - 1} else row[2]"))
        for count in (2, 3, 4)
    ),
    _utf8_mutant("third-of-4-free", "Looks at the second byte and at the last.",
          ("FOLLOWING = {first: row[2]", "FOLLOWING = {first: (row[2][0], (0, 255), TAIL) if len(row[2]) == 3 else row[2]")),
    _more("overlong-2", "Does not know that C0 and C1 start nothing.", "(0xC0, 0xC1, (TAIL,)),"),
    _more("overlong-nul", "Reads Java's modified UTF-8.", "(0xC0, 0xC0, ((0x80, 0x80),)),"),
    _utf8_mutant("overlong-3", "Does not compare the value with the least of its length.", (_E0, "(0xE0, 0xE0, (TAIL, TAIL)),")),
    _utf8_mutant("overlong-4", "Does not compare the value with the least of its length.", (_F0, "(0xF0, 0xF0, (TAIL, TAIL, TAIL)),")),
    _utf8_mutant("overlong-3-by-one", "Compares with the wrong least value.", (_E0, "(0xE0, 0xE0, ((0x9F, 0xBF), TAIL)),")),
    _utf8_mutant("overlong-4-by-one", "Compares with the wrong least value.", (_F0, "(0xF0, 0xF0, ((0x8F, 0xBF), TAIL, TAIL)),")),
    _utf8_mutant("e0-too-strict", "Compares with the wrong least value.", (_E0, "(0xE0, 0xE0, ((0xA1, 0xBF), TAIL)),")),
    _utf8_mutant("f0-too-strict", "Compares with the wrong least value.", (_F0, "(0xF0, 0xF0, ((0x91, 0xBF), TAIL, TAIL)),")),
    _utf8_mutant("surrogates", "Encodes 16-bit units one by one (CESU-8, WTF-8).", (_ED, "(0xED, 0xED, (TAIL, TAIL)),")),
    _utf8_mutant("surrogates-by-one", "Begins the surrogates too late.", (_ED, "(0xED, 0xED, ((0x80, 0xA0), TAIL)),")),
    _utf8_mutant("high-surrogates", "Refuses one half of the surrogates.", (_ED, "(0xED, 0xED, ((0x80, 0xAF), TAIL)),")),
    _utf8_mutant("ed-too-strict", "Begins the surrogates too early.", (_ED, "(0xED, 0xED, ((0x80, 0x9E), TAIL)),")),
    _utf8_mutant("above-10ffff", "Does not compare the value with the greatest.", (_F4, "(0xF4, 0xF4, (TAIL, TAIL, TAIL)),")),
    _utf8_mutant("above-10ffff-by-one", "Compares with the wrong greatest value.", (_F4, "(0xF4, 0xF4, ((0x80, 0x90), TAIL, TAIL)),")),
    _utf8_mutant("f4-too-strict", "Compares with the wrong greatest value.", (_F4, "(0xF4, 0xF4, ((0x80, 0x8E), TAIL, TAIL)),")),
    _more("f5-f7", "Takes F5 to F7 for the start of four bytes, as their bits say.", "(0xF5, 0xF7, (TAIL, TAIL, TAIL)),"),
    _more("five-bytes", "Reads UTF-8 as it was before 2003.", "(0xF8, 0xFB, (TAIL,) * 4),"),
    _more("six-bytes", "Reads UTF-8 as it was before 2003.", "(0xFC, 0xFD, (TAIL,) * 5),"),
    _more("fe", "Takes a byte that never occurs for a character.", "(0xFE, 0xFE, ()),"),
    _more("ff", "Takes a byte that never occurs for a character.", "(0xFF, 0xFF, ()),"),
    _more("stray-continuation", "Takes a stray continuation byte for a character (Latin-1).", "(0x80, 0xBF, ()),"),
    _utf8_mutant("cut-at-the-end", "Does not notice that the last sequence is not complete.", ("CUT_AT_THE_END = False", "CUT_AT_THE_END = True")),
    _utf8_mutant("three-bytes-at-most", "Knows the basic plane alone (MySQL's utf8).", (_F0, ""), ("(0xF1, 0xF3, (TAIL, TAIL, TAIL)),", ""), (_F4, "")),
    _utf8_mutant("7f-refused", "Takes DEL for the first byte above ASCII.", (_STRAY, "(0x00, 0x7E, ()),")),
    _utf8_mutant("c2-refused", "Begins the two-byte sequences too late.", ("(0xC2, 0xDF, (TAIL,)),", "(0xC3, 0xDF, (TAIL,)),")),
    _utf8_mutant("df-refused", "Ends the two-byte sequences too early.", ("(0xC2, 0xDF, (TAIL,)),", "(0xC2, 0xDE, (TAIL,)),")),
    _utf8_mutant("ef-refused", "Forgets the last row of three bytes.", ("(0xEE, 0xEF, (TAIL, TAIL)),", "(0xEE, 0xEE, (TAIL, TAIL)),")),
    _utf8_mutant("private-refused", "Takes the private use area for surrogates.", ("(0xEE, 0xEF, (TAIL, TAIL)),", "(0xEF, 0xEF, (TAIL, TAIL)),")),
    _utf8_mutant("replaced", "Replaces what is malformed, as many decoders do unless told otherwise.",
          ('    return utf_8_decode(data, "strict", True)[0]', '    return bytes(data).decode("utf-8", "replace")')),
    _utf8_mutant("ignored", "Leaves out what is malformed.",
          ('    return utf_8_decode(data, "strict", True)[0]', '    return bytes(data).decode("utf-8", "ignore")')),
    _utf8_mutant("latin-1-instead", "Falls back to Latin-1 when it is no UTF-8.",
          ('    return utf_8_decode(data, "strict", True)[0]', '    try:\n        return utf_8_decode(data, "strict", True)[0]\n    except UnicodeDecodeError:\n        return bytes(data).decode("latin-1")')),
)
