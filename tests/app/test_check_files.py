"""What `serve` could not begin with, said by `check`: TLS files, words no bind can carry, files that are no text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from smsc.app.check import check
from smsc.cli.check import register

KEYWORDS = "short_codes: {}\n"
DIALLED = """\
carriers:
  helvetia:
    country: CH
    binds:
      - address: "127.0.0.1:9"
        system_id: x
        {more}
"""
LISTENS = """\
smpp:
  listen:
    tls:
      cert: {cert}
      key: {key}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """a.pem with a.key, b.key of somebody else, and a file that is neither."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("a", "b"):
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        made = ["-subj", "/CN=localhost", "-out", f"{name}.pem", "-keyout", f"{name}.key"]
        subprocess.run([*words, *made], cwd=folder, check=True, capture_output=True)
    (folder / "text.pem").write_text("hello")
    return folder


def said(config: str, *, environ: dict[str, str] | None = None) -> list[str]:
    return [str(one) for one in check(config, KEYWORDS, environ=environ or {})]


@pytest.mark.parametrize(
    ("cert", "key", "line", "says"),
    [
        (
            "nope.pem",
            "a.key",
            4,
            "smpp.listen.tls.cert: {folder}/nope.pem: No such file or directory; mend: ",
        ),
        ("a.pem", "", 5, "smpp.listen.tls.key: {folder}: Is a directory; mend: "),
        ("text.pem", "a.key", 4, "smpp.listen.tls.cert: {folder}/text.pem holds no certificate in PEM form"),
        ("a.pem", "a.pem", 5, "smpp.listen.tls.key: {folder}/a.pem holds no private key in PEM form"),
        (
            "a.pem",
            "b.key",
            5,
            "smpp.listen.tls.key: certificate and key do not go together (key values mismatch",
        ),
    ],
)
def test_a_listener_whose_tls_files_are_wrong_is_told_by_key(
    files: Path, cert: str, key: str, line: int, says: str
) -> None:
    [problem] = said(LISTENS.format(cert=files / cert, key=files / key))
    assert problem.startswith(f"smsc.yaml:{line}: TLS {says.format(folder=files)}")
    assert "; mend: " in problem


def test_tls_files_that_fit_are_fine_and_an_override_is_told_by_its_name(files: Path) -> None:
    config = LISTENS.format(cert=files / "a.pem", key=files / "a.key")
    assert said(config) == []
    [problem] = said(config, environ={"SMSC_SMPP_LISTEN_TLS_CERT": "/nope.pem"})
    assert problem.startswith("$SMSC_SMPP_LISTEN_TLS_CERT: TLS smpp.listen.tls.cert: /nope.pem: No such file")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            "tls: {ca: /nonexist.pem}",
            "TLS carriers.helvetia.binds.0.tls.ca: /nonexist.pem: No such file or directory",
        ),
        ("tls: {ca: FOLDER/text.pem}", "tls.ca: FOLDER/text.pem holds no certificate in PEM form"),
        ("tls: {cert: FOLDER/a.pem, key: FOLDER/b.key}", "tls.key: certificate and key do not go together"),
        ("tls: {key: FOLDER/a.key}", "tls.key: a key without its certificate"),
        (
            "password: secretsecret",
            "CFG carriers.helvetia.binds.0.password: 12 characters, and SMPP carries 8",
        ),
        ("password: пароль", "binds.0.password: holds a character that SMPP does not carry"),
        ('system_type: "a\\0b"', "binds.0.system_type: holds a character that SMPP does not carry"),
        ("address_range: ключ", "binds.0.address_range: holds a character that SMPP does not carry"),
    ],
)
def test_what_we_could_not_bind_with_is_told_at_its_line(files: Path, more: str, says: str) -> None:
    [problem] = said(DIALLED.format(more=more).replace("FOLDER", str(files)))
    assert problem.startswith("smsc.yaml:7: ") and "; mend: " in problem
    assert says.replace("FOLDER", str(files)) in problem
    assert "secret" not in problem, "and no value is repeated"


def test_a_carriers_own_password_may_be_longer_than_the_field() -> None:
    account = "accounts: [{system_id: in, password: secretsecret}]"
    config = f"smpp: {{listen: {{}}}}\ncarriers:\n  helvetia:\n    country: CH\n    {account}\n"
    assert said(config) == []


def test_a_file_that_is_not_utf8_is_told_with_line_and_octet(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    path = tmp_path / "keywords.yaml"
    path.write_bytes(b"short_codes:\n  # f\xfcr 543\n  {}\n")
    ended = CliRunner().invoke(app, ["--keywords", str(path)])
    assert ended.exit_code == 1
    assert (
        f"{path}:2: CFG not UTF-8: octet 6 of the line is 0xFC; mend: save the file as UTF-8" in ended.output
    )


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (
            "database: sqlite:///{tmp}/none/smsc.db",
            "smsc.yaml:1: CFG database: there is no folder {tmp}/none; mend: ",
        ),
        ("database: sqlite:///{tmp}", "CFG database: {tmp} is a folder; mend: "),
        ("database: sqlite:///{tmp}/text", "CFG database: {tmp}/text is no SQLite database; mend: "),
        (
            "database: sqlite://smsc.db",
            "CFG database: a SQLite database has no host; mend: write sqlite:///smsc.db",
        ),
        ("database: postgresql://a@b:port/c", "CFG database: its port is none; mend: "),
        ("admin_socket: /nowhere/admin", "CFG admin_socket: there is no folder /nowhere; mend: "),
        (
            "admin_socket: {tmp}/" + "a" * 120,
            "octets, and at most 107 fit; mend: give admin_socket: a shorter path",
        ),
        (
            "http: {{listen: '127.0.0.1:1'}}\nsmpp: {{listen: {{address: '127.0.0.1:1'}}}}",
            "smsc.yaml:2: CFG smpp.listen",
        ),
        (
            "smpp: {{listen: {{address: '..:2775'}}}}",
            "CFG smpp.listen.address: its host is no name and no number",
        ),
        ("http: {{listen: '[zz]:2775'}}", "CFG http.listen: its host is no name and no number"),
        ("http: {{listen: 'a b:2775'}}", "CFG http.listen: its host is no name and no number"),
    ],
)
def test_places_that_serve_could_not_use_are_told(tmp_path: Path, config: str, says: str) -> None:
    (tmp_path / "text").write_text("hello, this is no database")
    [problem] = said(config.format(tmp=tmp_path))
    assert says.format(tmp=tmp_path) in problem
