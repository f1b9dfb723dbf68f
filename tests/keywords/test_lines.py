"""YAML as people wrote it: strings, lines, and nothing that means more than it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.keywords.lines import CHARACTERS_MAX, expand, line_at, load_yaml, plain
from smsc.keywords.problems import BadFile, Problem, Severity, did_you_mean


def problems_of(text: str) -> list[str]:
    with pytest.raises(BadFile) as caught:
        load_yaml(text, file="f.yaml")
    return [str(one) for one in caught.value.problems]


def test_every_scalar_stays_the_string_that_was_written() -> None:
    tree = load_yaml("no: NO\nat: 12:30\ntag: 0x1401\nlist: [yes, 1.10, ~]\nempty:\nquoted: ''\n", file="f")
    assert plain(tree) == {
        "no": "NO",
        "at": "12:30",
        "tag": "0x1401",
        "list": ["yes", "1.10", "~"],
        "empty": None,
        "quoted": "",
    }


def test_every_key_and_item_has_its_line() -> None:
    tree = load_yaml("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", file="f")
    assert [line_at(tree, path) for path in [("a",), ("b",), ("b", 0), ("b", 1, "d")]] == [1, 2, 3, 5]
    assert line_at(tree, ("b", 1, "gone", "deeper")) == 4
    assert line_at(tree, ("b", 7)) == 2


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'key "a" stands here again; mend: remove it or the one in line 1'),
        ("a: &x 1\nb: *x\n", 2, "aliases (*name) are not supported"),
        ("a: 1\n---\nb: 1\n", 2, "a second document"),
        ("a: [1\nb: 2\n", 2, ""),
        ("a: 1\n\tb: 2\n", 2, ""),
        ("- a\n- b\n", 1, "the file is no mapping"),
        ("a: 1\nb: \x01\n", 2, ""),
        ("? [a, b]\n: 1\n", 1, "a key must be a word"),
        ("a: " + "[" * 40 + "]" * 40, 1, "nested deeper than"),
    ],
)
def test_what_could_mislead_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    found = problems_of(text)
    assert found[0].startswith(f"f.yaml:{line}: YAML ")
    assert says in found[0]
    assert "; mend: " in found[0]


def test_a_file_without_end_is_refused() -> None:
    assert "characters are the limit" in problems_of("a" * (CHARACTERS_MAX + 1))[0]
    assert problems_of("a: \ud800")


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert plain(load_yaml("# nothing yet\n", file="f")) == {}


@given(st.text(max_size=200))
def test_any_text_is_a_tree_or_problems(text: str) -> None:
    try:
        plain(load_yaml(text, file="f"))
    except BadFile as error:
        assert error.problems


def test_environment_variables_expand_in_values_once() -> None:
    tree = load_yaml('a: x${ONE}y\nb: ["${TWO}"]\n${ONE}: ${GONE}\n', file="f")
    problems: list[Problem] = []
    expanded = expand(tree, {"ONE": "${TWO}", "TWO": "2"}, file="f", problems=problems)
    assert plain(expanded) == {"a": "x${TWO}y", "b": ["2"], "${ONE}": "${GONE}"}
    assert [(one.line, one.rule) for one in problems] == [(3, "CFG")]
    assert "GONE is not set" in problems[0].message


def test_a_problem_prints_place_rule_message_and_mend() -> None:
    assert str(Problem("f", 3, "RT3", "bad", "good")) == "f:3: RT3 bad; mend: good"
    assert str(Problem("$X", 0, "CFG", "bad", "good", Severity.WARNING)) == "$X: CFG warning: bad; mend: good"


def test_a_name_nobody_knows_gets_the_nearest_or_all() -> None:
    assert did_you_mean("HELVETA", ["helvetia", "usa"]) == 'did you mean "helvetia"?'
    assert did_you_mean("zzz", ["b", "a"]) == "use one of a, b"
    assert did_you_mean("zzz", []) == "remove it"
