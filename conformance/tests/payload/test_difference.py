"""The difference of two payloads: equal values, and the names of different ones."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rckp
from conformance.tests.payload.test_payload import REAL
from conformance.tests.payload.writing import payload_text, payloads
from rckp.payload import Payload, parse_text
from rckp.payload.difference import compare, mismatch
from rckp.payload.numbers import difference, same_value
from rckp.payload.values import MAX_KEYS, members_of, values_of

HC = ("HillClimbing", "HillClimbing")
OTHER = ("HC", "HC")
HEAD = "iter=3;eval=4;seed=5;state="


def differences(a: str, b: str, names: tuple[str, str] = OTHER) -> dict[str, list[object]] | None:
    found = compare(a, b, names)
    if found.keys is None:
        return None
    return {key.key: [tuple(each) for each in key.values] for key in found.keys}


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.parent.parent.name)
def test_the_values_of_a_real_file_are_those_that_the_parser_finds(path: object) -> None:
    record = rckp.decode(path.read_bytes())  # type: ignore[attr-defined]
    name, text = record.algorithm_name, record.step_state_payload
    payload = parse_text(name, text)
    assert isinstance(payload, Payload)
    found = {m.key: list(values_of(text, m)) for m in members_of(name, text)}
    every = [each for solutions in payload.solutions.values() for each in solutions]
    number = sum(len(each.variables) + 1 for each in every)
    number += sum(map(len, payload.velocities)) + len(payload.tabu)
    assert sum(len(values) for values in found.values() if len(values) > 1) == number
    for values in found.values():
        places = [place for place, _ in values]
        assert places == sorted(places)
    assert mismatch(name, text) is None


@given(payloads())
def test_a_payload_is_equal_to_itself_and_its_grammar_is_followed(
    made: tuple[Payload, str],
) -> None:
    payload, problem = made
    text = payload_text(payload, problem)
    assert isinstance(parse_text(payload.algorithm, text, problem), Payload)
    assert mismatch(payload.algorithm, text) is None
    found = compare(text, text + "", (payload.algorithm, payload.algorithm))
    assert found.keys == ()
    assert found.notes == ()


@given(st.text("iter=;0123.,|[]#\n"), st.text("iter=;0123.,|[]#\n"))
def test_texts_are_equal_only_if_they_differ_in_numbers_or_in_order(a: str, b: str) -> None:
    for names in (HC, OTHER):
        found = compare(a, b, names)
        if found.keys == () and a != b:
            letters = [sorted(c for c in each if c not in "0.") for each in (a, b)]
            assert letters[0] == letters[1]
        if a == b:
            assert not found.keys


def test_each_value_that_differs_is_named() -> None:
    found = differences(f"{HEAD}0.5,1,2|7", f"{HEAD.replace('3', '8')}0.50,2,2,9|inf", HC)
    assert found == {
        "iter": [("", "3", "8")],
        "state": [
            ("quality", "7", "inf"),
            ("variable 2", "1", "2"),
            ("variable 4", None, "9"),
        ],
    }
    population = "iter=1;eval=1;seed=1;pop=[1,2|None,3,4|0.5]"
    changed = population.replace("4|", "5|").replace("None", "NaN")
    names = ("GeneticAlgorithm",) * 2
    assert differences(population, changed, names) == {
        "pop": [
            ("solution 1, quality", "None", "NaN"),
            ("solution 2, variable 2", "4", "5"),
        ]
    }


def test_qualities_are_kept_before_variables() -> None:
    head = "iter=1;eval=1;seed=1;pop="
    a, b = (f"{head}[{','.join(f'{x},{x}|{x}' for _ in range(9))}]" for x in (1, 2))
    [pop] = compare(a, b, ("GeneticAlgorithm", "GeneticAlgorithm"), shown=10).keys or ()
    assert (pop.total, pop.different) == (27, 27)
    assert [each.place for each in pop.values] == [
        *(f"solution {number}, quality" for number in range(1, 10)),
        "solution 1, variable 1",
    ]


def test_the_order_of_a_tabu_list_does_not_matter() -> None:
    head = "iter=1;eval=1;seed=1;curr=1|1;best=1|1;tabu="
    names = ("TabuSearch",) * 2
    assert compare(f"{head}5#1,0\n6#0,1", f"{head}6#0,1\n5#1,0", names).keys == ()
    assert differences(f"{head}5#1,0\n6#0,1", f"{head}6#0,1\n7#1,0", names) == {
        "tabu": [("entry 1,0", "5", "7")]
    }


def test_payloads_of_other_programs_are_compared_by_key() -> None:
    assert differences("a=1;b=2,3", "b=2.0,3;a=01") == {}
    assert differences("a=1;b=2,3", "a=1;b=2|3") == {"b": [("separator before item 2", ",", "|")]}
    [gone, new] = compare("a=1;b=2", "a=1;c=2", OTHER).keys or ()
    assert (gone.key, gone.a, gone.b) == ("b", True, False)
    assert (new.key, new.a, new.b) == ("c", False, True)


@pytest.mark.parametrize(
    "text",
    ["", "free text", "a=1;a=2", ";a=1", "=1", "x" * 100, f"{HEAD}1,2", f"{HEAD}|;state=|1"],
)
def test_what_only_resembles_a_payload(text: str) -> None:
    found = compare(text, f"{HEAD}1|2", HC)
    assert found.keys != ()
    assert any("payload of A is not one of HillClimbing" in note for note in found.notes)
    assert mismatch("HillClimbing", text) is not None


def test_too_many_keys_are_one_text() -> None:
    text = ";".join(f"k{number}=0" for number in range(MAX_KEYS + 1))
    found = compare(text, f"{text}0", OTHER)
    assert found.keys is None
    assert "compared as text" in found.notes[0]


def test_memory_does_not_grow_with_the_number_of_values() -> None:
    a = f"{HEAD}{'0.25,' * 300_000}1|2"
    b = f"{HEAD}{'0.75,' * 300_000}1|2"
    tracemalloc.start()
    found = compare(a, b, HC)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.keys is not None
    [state] = found.keys
    assert (state.total, state.different, len(state.values)) == (300_002, 300_000, 5)
    assert peak < 2.5 * len(a)  # a list of the values would take ten times as much


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("0.5", "0.50"),
        ("NaN", "nan"),
        ("0", "-0.0"),
        ("inf", "Inf"),
        ("1e3", "1000"),
        ("Objectives: [1.50, 2], Rank: 0", "Objectives: [1.5, 2.0], Rank: 0"),
    ],
)
def test_the_same_number(a: str, b: str) -> None:
    assert same_value(a, b)
    assert same_value(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("9007199254740993", "9007199254740992"),  # one double
        ("0.1", "0.1000000000000000055"),
        ("inf", "-inf"),
        ("NaN", "0"),
        ("1", "true"),
        ("1", "1 "),
        ("٣", "3"),
        ("1e999999999", "1"),
        ("Objectives: [1.5, 2], Rank: 0", "Objectives: [1.5, 3], Rank: 0"),
        ("Objectives: [1], x", "Objectives: [1], y"),
        ("[a", "[b"),
        ("[a", "a["),
    ],
)
def test_other_numbers(a: str, b: str) -> None:
    assert not same_value(a, b)
    assert not same_value(b, a)


def test_how_much_a_number_has_grown() -> None:
    assert difference("120", "180") == "+60"
    assert difference("18446744073709551615", "0") == "-18,446,744,073,709,551,615"
    assert difference("1", "1.25") == "+0.25"
    assert difference("0", "1e-5") == "+1e-05"
    for a, b in (("9e999999", "-9e999999"), (f"{'9' * 60_000}e999999", "1"), ("0", "1e-999999")):
        assert difference(a, b) == ""
        assert not same_value(a, b)
    assert difference("1", "NaN") == difference("a", "b") == difference("inf", "inf") == ""


NUMBER_LIKE = st.text("+-0019.eEinfNa[, ", max_size=12)


@given(NUMBER_LIKE, NUMBER_LIKE)
def test_nothing_that_resembles_a_number_raises(a: str, b: str) -> None:
    assert same_value(a, b) == same_value(b, a)
    change, back = difference(a, b), difference(b, a)
    assert bool(change) == bool(back)
    if change and not same_value(a, b):
        assert {change[0], back[0]} == {"+", "-"}
        assert change[1:] == back[1:]
