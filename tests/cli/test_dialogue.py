"""`smsc dialogue`: a country that is not shipped, played from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smsc.cli import app

ME_MO = Path(__file__).parents[1] / "conversations" / "me_mo.yaml"


def plays(folder: Path, text: str) -> Result:
    """The dialogue and the profiles of one file, as two."""
    profiles, dialogue = text.split("dialogue:\n")
    (folder / "keywords.yaml").write_text(profiles, encoding="utf-8")
    (folder / "me.yaml").write_text("dialogue:\n" + dialogue, encoding="utf-8")
    files = (str(folder / "me.yaml"), "--keywords", str(folder / "keywords.yaml"))
    return CliRunner().invoke(app, ["dialogue", *files])


def test_OI4_a_dialogue_of_a_profile_of_ones_own_is_played(tmp_path: Path) -> None:
    found = plays(tmp_path, ME_MO.read_text(encoding="utf-8"))
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert len(lines) == 13 and all(line.startswith("ok  ") for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'gets: "Besplatan SMS. MORE: odj',
            'gets: "MORE: odj',
            "    came instead: Besplatan SMS. MORE: odjavljeni",
        ),
        ("{state: opted_out}", "{state: active}", "    came instead: opted_out"),
        ('    - {told: "stop ODJAVA MORE"}\n    - {state: opted_out}', "", "does not have"),
        ('{texts: "potvrdi"}', "{passes: soon}", "    could not convert string to float"),
        ("{state: pending}", "{stat: pending}", "    no step is called 'stat'"),
    ],
)
def test_OI4_what_came_instead_is_said(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = ME_MO.read_text(encoding="utf-8")
    assert old in text
    found = plays(tmp_path, text.replace(old, new))
    assert found.exit_code == 1 and says in found.stdout, found.output


def test_RT3_a_dialogue_hears_the_words_of_its_code(tmp_path: Path) -> None:
    codes = 'short_codes: {"14555": {country: ME, words: {stop: [PREKINI]}}}\n'
    text = codes + ME_MO.read_text(encoding="utf-8").replace("ODJAVA MORE", "PREKINI MORE")
    assert plays(tmp_path, text).exit_code == 0
    assert plays(tmp_path, text.removeprefix(codes)).exit_code == 1


def test_OI4_files_that_are_wrong_are_told_with_their_line(tmp_path: Path) -> None:
    text = ME_MO.read_text(encoding="utf-8")
    bad = plays(tmp_path, text.replace("says_goodbye: server", "says_goodbye: nobody"))
    assert bad.exit_code == 1 and "keywords.yaml:11: OI4 " in bad.stderr
    bad = plays(tmp_path, text.replace("steps:", "stepps:"))
    assert bad.exit_code == 1 and "me.yaml: OI4 no dialogue" in bad.stderr
    assert CliRunner().invoke(app, ["dialogue", str(tmp_path / "none.yaml")]).exit_code == 2
