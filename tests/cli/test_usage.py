"""Bad usage of the command line: one line on stderr, exit code 2."""

from __future__ import annotations

import sys

import pytest

from smsc.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("foo", "smsc: No such command 'foo'; mend: see smsc --help"),
        ("demo --story s5", "smsc demo: Invalid value for '--story': 's5' is not one of"),
        ("demo --http 99999", "smsc demo: Invalid value for '--http': "),
        ("serve --port 1", "smsc serve: No such option: --port"),
        ("key create", "smsc key create: Missing argument 'merchant'; mend: see smsc key create --help"),
    ],
)
def test_bad_usage_is_one_line(
    words: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["smsc", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out) == (2, "")
    assert told.err.startswith(said) and told.err.count("\n") == 1


@pytest.mark.parametrize("words", ["", "key"])
def test_a_group_without_a_verb_shows_its_verbs(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["smsc", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code in (0, 2)
    assert "COMMAND [ARGS]" in told.out + told.err
