"""Both files against each other, and the verb that says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from smsc.app.check import check, examine
from smsc.app.line import load_line
from smsc.app.own_profiles import all_profiles
from smsc.cli.check import register
from smsc.keywords import BadKeywords, Severity

ROOT = Path(__file__).parents[2]
SECRETS = {"HELVETIA_PASSWORD": "x", "HELVETIA_IN": "y", "USA_PASSWORD": "z"}
CONFIG = (ROOT / "deploy" / "smsc.yaml").read_text(encoding="utf-8")
KNOWN = 'certainty: B, sources: ["https://regulator.example/code"]'
KEYWORDS = (ROOT / "keywords.yaml").read_text(encoding="utf-8")


def said(config: str | None, keywords: str) -> list[str]:
    return [str(one) for one in check(config, keywords, environ=SECRETS)]


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_files_of_the_repository_are_right() -> None:
    assert said(CONFIG, KEYWORDS) == []
    assert said(None, KEYWORDS) == []


def test_CH1_a_price_without_tariff_on_a_carrier_of_its_code() -> None:
    assert said(CONFIG.replace('"CHF 2.00"', '"CHF 2.50"'), KEYWORDS) == [
        f"keywords.yaml:{line_of(KEYWORDS, '2.00')}: CH1 FLIRT: carrier helvetia has no tariff for CHF 2.00; "
        'mend: add "CHF 2.00": {...} to its tariffs, or change the price'
    ]


def test_MT8_a_code_needs_carriers_that_exist() -> None:
    found = said(CONFIG, KEYWORDS.replace("carriers: [helvetia]", "carriers: [helvetica]", 1))
    assert found == ['keywords.yaml:6: MT8 543: unknown carrier "helvetica"; mend: did you mean "helvetia"?']
    alone = said(CONFIG, KEYWORDS.replace("    carriers: [helvetia]\n", "", 1))
    assert (
        "keywords.yaml:3: MT8 HOROSKOP: no carrier serves 543; mend: give 543 carriers: [...] of smsc.yaml"
        in alone
    )


def test_MT8_without_a_config_file_carriers_are_not_judged() -> None:
    assert said(None, KEYWORDS.replace("carriers: [helvetia]", "carriers: [helvetica]")) == []


def test_OI3_a_text_that_lacks_what_it_must_say() -> None:
    found = said(CONFIG, KEYWORDS.replace('    hotline: "0800 123 456"\n', ""))
    line = line_of(KEYWORDS, "keyword: HOROSKOP") - 1
    assert f"keywords.yaml:{line}: OI3 HOROSKOP: the request text lacks hotline; " in "\n".join(found)
    bare = KEYWORDS.replace("    language: de\n", '    language: de\n    templates: {request: "Ja?"}\n', 1)
    lacking = [
        one for one in said(CONFIG, bare) if f":{line_of(bare, 'Ja?')}: OI3 HOROSKOP: the request" in one
    ]
    assert {word for one in lacking for word in ("price", "frequency", "stop", "company") if word in one} == {
        "price",
        "frequency",
        "stop",
        "company",
    }


def test_MT5_a_long_free_text_is_only_a_warning() -> None:
    long = KEYWORDS.replace(
        "name: Astro AG", "name: Astro AG fuer Sternkunde und verwandte Wissenschaften Zuerich"
    )
    checked = examine(CONFIG, long, environ=SECRETS)
    assert checked.errors == ()
    assert {one.severity for one in checked.problems} == {Severity.WARNING}
    assert "MT5 warning: HOROSKOP: the request text takes 2 short messages" in "\n".join(
        map(str, checked.problems)
    )


def test_both_files_are_judged_though_one_is_broken() -> None:
    found = said("drain_s: x", KEYWORDS.replace("merchant: nacht", "merchant: tag"))
    assert [one.split(":")[0] for one in found] == ["keywords.yaml", "smsc.yaml"]


def test_own_profiles_extend_the_shipped_ones() -> None:
    own = "profiles:\n  quick: {extends: ch-mo, version: 2, deadlines: {confirm: 2}}\n"
    text = own + KEYWORDS.replace("profile: ch-mo", "profile: quick")
    made = all_profiles(text, file="keywords.yaml").newest
    assert (made["quick"].deadlines["confirm"], made["quick"].version) == (2.0, 2)
    assert made["quick"].deadlines["goodbye"] == made["ch-mo"].deadlines["goodbye"]
    assert said(CONFIG, text) == []


def test_OI4_a_profile_that_extends_nothing_is_refused() -> None:
    with pytest.raises(BadKeywords) as caught:
        all_profiles("short_codes: {}\nprofiles:\n  mine: {extends: ch-m}\n", file="k.yaml")
    assert str(caught.value) == (
        'k.yaml:3: OI4 profile mine extends "ch-m", which is no profile known here; mend: did you mean "ch-mo"?'
    )
    with pytest.raises(BadKeywords, match="OI4"):
        all_profiles("profiles: {mine: {extends: ch-mo, flow: none}}\n", file="k.yaml")


def test_OI4_a_draft_is_refused_for_live_campaigns_and_says_what_is_open() -> None:
    text = KEYWORDS.replace(
        'profile: ch-mo\n    language: de\n    price: "0.50"\n    currency: CHF',
        'profile: at\n    language: de\n    price: "0.50"\n    currency: EUR',
    )
    (found,) = said(None, text)
    assert "OI4 SPRUCH: profile at is a draft: at each EUR 10.00" in found and "published: false" in found
    with pytest.raises(BadKeywords, match="is a draft"):
        load_line(text, {}, file="keywords.yaml", environ={})
    assert said(None, text.replace("    profile: at\n", "    profile: at\n    published: false\n")) == []


def test_MT4_a_price_in_another_currency_than_the_profiles() -> None:
    text = KEYWORDS.replace("profile: ch-mo", "profile: si-mo", 1)
    assert "MT4 HOROSKOP: profile si-mo is for EUR, not CHF" in "\n".join(said(None, text))


def test_S3_one_sub_key_for_two_campaigns_is_refused() -> None:
    text = KEYWORDS.replace(
        "profile: ch-mo\n    language: de", "profile: ch-web\n    language: de\n    sub_key: astro"
    )
    assert "S3 SPRUCH: its sub_key already means HOROSKOP" in "\n".join(said(None, text))


def test_S1_a_store_needs_a_marketing_code_and_a_pool_that_its_carriers_serve() -> None:
    pool = '    pool: ["77007", "77008"]\n'
    assert any("S1 PIZZA: profile us-store talks" in one for one in said(CONFIG, KEYWORDS.replace(pool, "")))
    premium = said(CONFIG, KEYWORDS.replace("    role: marketing\n", "    role: communication\n"))
    assert any("S1 PIZZA: stores are joined on a marketing code" in one for one in premium)
    before, last = KEYWORDS.split('  "77008":', 1)
    unserved = said(CONFIG, f'{before}  "77008":{last.replace("carriers: [usa]", "carriers: [helvetia]", 1)}')
    assert any("S1 PIZZA: usa serves 444999 but not 77008 of its pool" in one for one in unserved)


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    return app


def run(app: typer.Typer, *arguments: str, **environ: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["check", *arguments], env={**SECRETS, **environ})
    return result.exit_code, result.stdout, result.stderr


def test_check_says_ok_and_counts(app: typer.Typer) -> None:
    files = ("--config", str(ROOT / "deploy/smsc.yaml"), "--keywords", str(ROOT / "keywords.yaml"))
    assert run(app, *files) == (0, "ok: 5 short codes, 3 merchants, 4 campaigns, 2 carriers\n", "")


def test_check_uses_smsc_yaml_if_there_is_one(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keywords.yaml").write_text(KEYWORDS, encoding="utf-8")
    code, out, _ = run(app)
    assert (code, "no smsc.yaml" in out) == (0, True)
    Path("smsc.yaml").write_text("drain_s: x\n", encoding="utf-8")
    code, out, err = run(app)
    assert (code, out, err.startswith("smsc.yaml:1: CFG drain_s: ")) == (1, "", True)


def test_check_prints_one_problem_a_line_and_exits_1(app: typer.Typer, tmp_path: Path) -> None:
    bad = tmp_path / "k.yaml"
    bad.write_text(KEYWORDS.replace("keyword: SPRUCH\n", "keyword: HORO\n"), encoding="utf-8")
    code, out, err = run(app, "--config", str(ROOT / "deploy/smsc.yaml"), "--keywords", str(bad))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"{bad}:{line_of(KEYWORDS, 'keyword: SPRUCH')}: RT3 ")


def test_check_exits_2_when_a_file_is_missing(app: typer.Typer, tmp_path: Path) -> None:
    code, out, err = run(app, "--keywords", str(tmp_path / "none.yaml"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4\n")
    assert run(app, "--keywords", str(tmp_path / "latin.yaml"))[0] == 1, "there, and no text"


def test_check_prints_the_schemas(app: typer.Typer) -> None:
    code, out, _ = run(app, "--schema")
    assert (code, set(json.loads(out))) == (0, {"smsc.yaml", "keywords.yaml"})


def test_OI4_Swiss_codes_that_begin_with_6_are_for_adults_and_no_others() -> None:
    flirt = KEYWORDS.replace('short_code: "654"', 'short_code: "543"')
    (found,) = said(CONFIG, flirt)
    assert "OI4 FLIRT: is for adults, and their codes begin with 6, not like 543" in found
    assert f":{line_of(flirt, 'adult: true')}:" in found
    (found,) = said(CONFIG, KEYWORDS.replace("    adult: true\n", ""))
    assert "OI4 FLIRT: codes that begin with 6 are for adults only, and it is on 654" in found
    with pytest.raises(BadKeywords, match="for adults"):
        load_line(flirt, {}, file="keywords.yaml", environ={})


def test_OI4_the_codes_country_says_who_is_for_adults_where_the_profile_does_not() -> None:
    other = f"profiles:\n  plain: {{extends: double-optin, version: 2, draft: no, currency: CHF, {KNOWN}}}\n"
    text = other + KEYWORDS.replace("profile: ch-mo", "profile: plain")
    assert not [one for one in said(CONFIG, text) if "adult" in one]
    moved = [
        one for one in said(CONFIG, text.replace('short_code: "654"', 'short_code: "543"')) if "adult" in one
    ]
    assert len(moved) == 1 and "codes begin with 6" in moved[0]


@pytest.mark.parametrize(
    ("rule", "faults"),
    [
        ("forbidden", "allows nothing for adults"),
        ("verified", 'age_check: "how'),
        ('{code_prefix: "65"}', ""),
    ],
)
def test_OI4_adult_campaigns_are_what_their_profile_says(rule: str, faults: str) -> None:
    own = f"profiles:\n  night: {{extends: ch-mo, version: 2, country: XX, adult: {rule}, {KNOWN}}}\n"
    text = own + KEYWORDS.replace("profile: ch-mo", "profile: night", 3).replace("country: CH", "country: XX")
    found = [one for one in said(CONFIG, text) if "OI4" in one]
    assert len(found) == bool(faults) and faults in "".join(found)
    if rule == "verified":
        assert said(CONFIG, text.replace("adult: true", 'adult: true\n    age_check: "ID card"')) == []


@pytest.mark.parametrize("rule", ["maybe", '{code_prefix: "six"}', "{prefix: 6}", "[6]"])
def test_OI4_a_rule_for_adults_that_nobody_knows_is_refused(rule: str) -> None:
    with pytest.raises(BadKeywords, match="adult"):
        all_profiles(f"profiles: {{mine: {{extends: ch-mo, adult: {rule}}}}}\n", file="k.yaml")
