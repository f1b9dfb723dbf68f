"""smsc.yaml: what it makes, and what it is refused for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from smsc.config import BadConfig, Config, config_schema, load_config, split_address, variables
from smsc.messages import Money, Verdict
from smsc.sms.alphabets import Alphabet

SECRETS = {"HELVETIA_PASSWORD": "hush-1", "HELVETIA_IN": "hush-2", "USA_PASSWORD": "hush-3"}
BIND = '{address: "c.example:2775", system_id: me, password: x}'


def said(text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        load_config(text, file="smsc.yaml", environ=environ or {})
    return [str(one) for one in caught.value.problems]


def carrier(keys: str, *, binds: str = f"binds: [{BIND}]") -> str:
    return f"carriers:\n  helvetia:\n    country: CH\n    {binds}\n    {keys}\n"


def test_the_example_of_the_repository_loads() -> None:
    text = (Path(__file__).parents[1] / "deploy" / "smsc.yaml").read_text(encoding="utf-8")
    config = load_config(text, file="deploy/smsc.yaml", environ=SECRETS)
    helvetia = config.carriers["helvetia"]
    assert helvetia.tariffs[Money(300, "CHF")].tlv == {0x1401: b"0300"}
    assert helvetia.tariffs[Money(0, "CHF")].service_type == "FREE"
    assert helvetia.binds[0].password.get_secret_value() == "hush-1"
    assert (helvetia.binds[0].window, helvetia.binds[0].rate, helvetia.binds[0].sessions) == (50, 200.0, 2)
    assert helvetia.mt_pdu_used == "submit_sm"
    assert config.smpp.listen is not None
    assert split_address(config.smpp.listen.address) == ("0.0.0.0", 2775)
    assert "hush" not in repr(config)


def test_the_documented_example_loads() -> None:
    config = load_config(
        """
database: sqlite:///smsc.db
http: {listen: "127.0.0.1:8080"}
callbacks: {allow: ["127.0.0.0/8"]}
smpp:
  listen: {address: "0.0.0.0:2775", tls: {address: "0.0.0.0:3550", cert: a.pem, key: a.key}}
carriers:
  helvetia:
    country: CH
    networks: ["22801", SWISSCOM8CH4]
    prefixes: ["41"]
    default_alphabet: gsm7
    receipt_id: hex-to-decimal
    tariffs: {"CHF 0.00": {service_type: FREE}, "CHF 3.00": {tlv: {0x1401: "0300"}}}
    binds:
      - {address: "smsc.helvetia.example:2775", system_id: astro, password: "${HELVETIA_PASSWORD}", mode: transceiver, sessions: 2, window: 50, rate: 200}
    accounts:
      - {system_id: helvetia, password: "${HELVETIA_IN}", allow: ["192.0.2.0/24"], mt_pdu: submit_sm}
""",  # noqa: E501
        file="smsc.yaml",
        environ=SECRETS,
    )
    assert config.smpp.listen is not None
    assert config.smpp.listen.tls is not None
    assert config.carriers["helvetia"].accounts[0].mt_pdu == "submit_sm"


def test_without_a_file_the_defaults_hold() -> None:
    config = load_config("", file="smsc.yaml", environ={})
    assert config == Config()
    assert (config.database, config.http.listen, config.drain_s) == (
        "sqlite:///smsc.db",
        "127.0.0.1:8080",
        10.0,
    )
    assert config.smpp.listen is None


def test_a_carriers_ways_become_values() -> None:
    config = load_config(
        carrier(
            "tariffs: {EUR 1.49: {source_addr: '3030149', tlv: {5121: 'hex:00ff', 0x1402: \"X\\0\"}}}\n"
            "    verdicts: {0x58: throttle, 0x400: refused}\n"
            "    data_codings: {0x01: gsm7, 3: latin9}\n"
            "    mt_data_codings: {ucs2: 0x18}\n"
            "    try_again_status: 0x14\n"
            "    mo_id_tlv: 0x1502\n"
            "    receipt_zone: Europe/Zurich\n"
            "    receipt_wait_s: 3600"
        ),
        file="smsc.yaml",
        environ={},
    )
    one = config.carriers["helvetia"]
    assert one.tariffs[Money(149, "EUR")].tlv == {0x1401: b"\x00\xff", 0x1402: b"X\x00"}
    assert one.verdicts == {0x58: Verdict.THROTTLE, 0x400: Verdict.REFUSED}
    assert one.data_codings == {1: Alphabet.GSM7, 3: Alphabet.LATIN9}
    assert one.mt_data_codings == {Alphabet.UCS2: 0x18}
    assert (one.try_again_status, one.mo_id_tlv, one.receipt_wait_s) == (0x14, 0x1502, 3600.0)


def test_timers_can_be_switched_off() -> None:
    binds = "binds: [{address: 'c:1', system_id: a, timers: {enquire_link_s: off, response_s: 5}}]"
    timers = (
        load_config(carrier("prefixes: []", binds=binds), file="s", environ={}).carriers["helvetia"].binds[0]
    )
    assert (timers.timers.enquire_link_s, timers.timers.response_s) == (None, 5.0)


def test_the_environment_overrides_the_file() -> None:
    config = load_config(
        "http: {listen: '127.0.0.1:1'}\nlogs: {format: text}\n",
        file="smsc.yaml",
        environ={
            "SMSC_DATABASE": "postgresql://smsc@db/smsc",
            "SMSC_HTTP_LISTEN": "0.0.0.0:81",
            "SMSC_LOGS_LEVEL": "debug",
            "SMSC_SMPP_LISTEN_ADDRESS": "[::]:2775",
            "SMSC_CALLBACKS_ALLOW": "10.0.0.0/8, 127.0.0.0/8",
            "SMSC_LIMITS_MO_QUEUE_MAX": "7",
            "SMSC_UNKNOWN": "x",
        },
    )
    assert config.database == "postgresql://smsc@db/smsc"
    assert (config.http.listen, config.logs.level, config.logs.format) == ("0.0.0.0:81", "debug", "text")
    assert config.smpp.listen is not None
    assert split_address(config.smpp.listen.address) == ("::", 2775)
    assert [str(one) for one in config.callbacks.allow] == ["10.0.0.0/8", "127.0.0.0/8"]
    assert config.limits.mo_queue_max == 7


def test_every_override_has_its_own_variable() -> None:
    names = [name for name, _ in variables()]
    assert len(names) == len(set(names))
    assert {"SMSC_DATABASE", "SMSC_HTTP_LISTEN", "SMSC_DRAIN_S"} <= set(names)
    assert not [name for name in names if name.startswith("SMSC_CARRIERS")]


def test_a_bad_override_is_told_by_its_name() -> None:
    assert said("http: {listen: '127.0.0.1:1'}", {"SMSC_HTTP_LISTEN": "8080"}) == [
        '$SMSC_HTTP_LISTEN: CFG http.listen: not host:port; mend: write it like "0.0.0.0:2775" or "[::1]:2775"'
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("htpp: {}", 'smsc.yaml:1: CFG unknown key "htpp" in the file; mend: did you mean "http"?'),
        ("http: {lisen: x}", 'unknown key "lisen" in http; mend: did you mean "listen"?'),
        ("database: mysql://x", "smsc.yaml:1: CFG database: not a database we know"),
        ("drain_s: soon", "smsc.yaml:1: CFG drain_s: "),
        ("a: 1\ndrain_s: -1", "smsc.yaml:2: CFG drain_s: "),
        ("logs: {format: xml}", "CFG logs.format: not one of the values known here; mend: write 'text' or 'json'"),
        ("callbacks: {allow: [10.0.0.1/8]}", "CFG callbacks.allow.0: "),
        ("smpp: {listen: {address: '0.0.0.0:99999'}}", "smpp.listen.address: not host:port"),
        ("smpp: {listen: {address: '::1:2775'}}", "smpp.listen.address: not host:port"),
        ("smpp: {listen: {tls: {}}}", '"cert" is missing in smpp.listen.tls'),
        ("carriers: {a: {country: CH}}", "smsc.yaml:1: MT8 carriers.a: neither binds nor accounts"),
        (carrier("countri: x"), 'smsc.yaml:5: CFG unknown key "countri" in carriers.helvetia'),
        (carrier('tariffs: {"CHF 3,00": {}}'), "smsc.yaml:5: CH1 carriers.helvetia.tariffs.CHF 3,00: this is no price"),
        (carrier('tariffs: {"3.00": {}}'), "CH1 carriers.helvetia.tariffs.3.00: a tariff's key is a currency"),
        (carrier('tariffs: {"CHF 3.00": {tlv: {0x0: x}}}'), "tariffs.CHF 3.00.tlv.0x0: "),
        (carrier('tariffs: {"CHF 3.00": {tlv: {0x1401: "hex:0"}}}'), "tlv.0x1401: not octets"),
        (carrier("default_alphabet: gsm"), "default_alphabet: not one of the values known here; mend: write 'gsm7'"),
        (carrier("receipt_zone: Mars/Olympus"), "receipt_zone: not a time zone"),
        (carrier("verdicts: {0x58: maybe}"), "verdicts.0x58: not one of"),
        (carrier("numbers: ['41790000001']"), "smsc.yaml:2: MT8 carriers.helvetia: numbers are for kind: test"),
        (carrier("response_s: 0"), "smsc.yaml:5: CFG carriers.helvetia.response_s: "),
        (carrier("response_s: inf"), "CFG carriers.helvetia.response_s: "),
        (carrier("response_s: nan"), "CFG carriers.helvetia.response_s: "),
        (carrier("prefixes: ['+41']"), "carriers.helvetia.prefixes.0: "),
        (carrier("accounts: [{system_id: a}]"), '"password" is missing in carriers.helvetia.accounts.0'),
        (carrier("accounts: [{system_id: a, password: ''}]"), "carriers.helvetia.accounts.0.password: "),
        (carrier("accounts: [{system_id: a, password: x}]"), "CFG carriers have accounts, but nothing listens"),
        (carrier("accounts: [{system_id: abcdefghijklmnop, password: x}]"), "accounts.0.system_id: "),
        (carrier("", binds="binds: [{address: 'x', system_id: me}]"), "binds.0.address: not host:port"),
        (carrier("", binds="binds: [{address: 'x:1', system_id: me, mode: trx}]"), "binds.0.mode: not one of"),
        (carrier("", binds="binds: [{name: b, address: 'x:1', system_id: a}, {name: b, address: 'x:1', system_id: a}]"),
         'two binds are called "b"'),
        ("http: [", "smsc.yaml:1: YAML "),
        ("http:", "smsc.yaml:1: CFG http has no value; mend: give it one or remove the key"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_line_rule_and_mend(text: str, says: str) -> None:
    found = said(text)
    assert any(says in one for one in found), found
    assert all("; mend: " in one for one in found)


def test_an_account_belongs_to_one_carrier() -> None:
    account = "{country: CH, accounts: [{system_id: same, password: x}]}"
    text = f"smpp: {{listen: {{}}}}\ncarriers:\n  a: {account}\n  b: {account}\n"
    assert said(text) == [
        "smsc.yaml:4: CFG the system_id is already an account of a; mend: give each account its own system_id"
    ]


def test_a_missing_variable_is_a_problem_at_its_line() -> None:
    text = carrier("prefixes: []", binds='binds: [{address: "c:1", system_id: a, password: "${GONE}"}]')
    assert said(text) == [
        "smsc.yaml:4: CFG environment variable GONE is not set; mend: export GONE=... before starting smsc"
    ]


def test_no_problem_repeats_a_value_that_may_be_a_secret() -> None:
    text = "carriers: {a: {country: hush, binds: [{address: hush, system_id: hush-hush-hush-hush, password: [hush]}]}}"
    assert not [one for one in said(text) if "hush" in one]


def test_the_schema_names_every_key() -> None:
    schema = config_schema()
    assert {"database", "http", "smpp", "carriers", "limits", "drain_s"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert {"tariffs", "binds", "accounts", "receipt_id"} <= set(
        schema["$defs"]["CarrierEntry"]["properties"]
    )
