"""The admin socket and `smsc binds` over it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from smsc.cli.binds import Nagios, ago, judge, register
from smsc.http.admin import build_admin, socket_path
from smsc.http.server import HttpServer
from smsc.link.board import BindRow, BindState
from smsc.ops.health import Health

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def row(name: str, state: BindState, *, carrier: str = "helvetia", session: int = 0) -> Mapping[str, object]:
    """A row as the server's board makes it."""
    return asdict(
        BindRow(
            name=name,
            carrier=carrier,
            direction="dial",
            session=session,
            state=state,
            since=NOW,
            system_id="astro",
            mode="transceiver",
            peer="192.0.2.7:2775",
            window_in_use=3,
            window_size=50,
            inbound=0,
            pdus_in=11,
            pdus_out=12,
            errors={"ESME_RTHROTTLED": 2},
            round_trip_ms=1.25 if state is BindState.BOUND else None,
            attempts=0,
            next_try=None,
            last_reason="" if state is BindState.BOUND else "connection refused",
        )
    )


@dataclass
class Admin:
    """A server's admin socket and what it will say."""

    path: Path
    rows: list[Mapping[str, object]]
    reload_error: str = ""

    async def reload(self) -> str:
        if self.reload_error:
            raise ValueError(self.reload_error)
        return "3 campaigns"

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(self.path)), base_url="http://smsc"
        )

    async def runs(self, *arguments: str) -> Result:
        """The verb in a thread of its own, as another process would call."""
        app = typer.Typer()
        register(app)
        app.callback()(lambda: None)
        command = ["binds", "--socket", str(self.path), *arguments]
        return await asyncio.to_thread(CliRunner().invoke, app, command)


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    admin = Admin(tmp_path / "smsc.db.admin", [row("helvetia-1", BindState.BOUND)])
    server = HttpServer(build_admin(rows=lambda: admin.rows, reload=admin.reload, health=Health()))
    await server.start_uds(admin.path)
    yield admin
    await server.stop()
    assert not admin.path.exists()


def test_the_socket_is_beside_the_database() -> None:
    assert socket_path("sqlite:///smsc.db") == Path("smsc.db.admin")
    assert socket_path("sqlite:////var/lib/smsc/smsc.db") == Path("/var/lib/smsc/smsc.db.admin")
    assert socket_path("postgresql://smsc@db/smsc") == Path("smsc.admin")
    assert socket_path("sqlite://") == Path("smsc.admin")


async def test_only_its_owner_may_open_the_socket(admin: Admin) -> None:
    assert stat.S_IMODE(admin.path.stat().st_mode) == 0o600


async def test_binds_reload_and_health_are_served(admin: Admin) -> None:
    async with admin.client() as client:
        rows = (await client.get("/binds")).json()["binds"]
        assert (rows[0]["name"], rows[0]["state"]) == ("helvetia-1", "bound")
        assert (await client.post("/reload")).json() == {"loaded": "3 campaigns"}
        admin.reload_error = "keywords.yaml:3: RT3 collides"
        refused = await client.post("/reload")
        assert refused.status_code == 422
        assert refused.json()["detail"] == "keywords.yaml:3: RT3 collides"
        assert (await client.get("/health")).json()["ready"] is False


async def test_a_socket_that_a_killed_server_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "smsc.db.admin"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    server = HttpServer(build_admin(rows=list, reload=lambda: asyncio.sleep(0, ""), health=Health()))
    await server.start_uds(path)
    await server.stop()


async def test_a_served_socket_and_a_file_in_the_way_are_left_alone(admin: Admin, tmp_path: Path) -> None:
    app = build_admin(rows=list, reload=lambda: asyncio.sleep(0, ""), health=Health())
    with pytest.raises(OSError, match="another server"):
        await HttpServer(app).start_uds(admin.path)
    in_the_way = tmp_path / "file"
    in_the_way.write_text("mine")
    with pytest.raises(OSError, match="no socket"):
        await HttpServer(app).start_uds(in_the_way)
    assert in_the_way.read_text() == "mine"
    with pytest.raises(OSError, match="107 octets"):
        await HttpServer(app).start_uds(tmp_path / ("x" * 120))


async def test_binds_prints_a_table(admin: Admin) -> None:
    admin.rows = [row("helvetia-1", BindState.BOUND), row("helvetia-2", BindState.WAITING)]
    result = await admin.runs()
    assert result.exit_code == 0
    text = result.output
    assert "helvetia-1/0" in text
    assert re.search(r"bound .* astro .* 192\.0\.2\.7:2775 .* 3/50 .* 11 .* 12 .* 1\.2", text)
    assert "connection refused" in text
    assert "ESME_RTHROTTLED 2" in text


async def test_binds_prints_json(admin: Admin) -> None:
    result = await admin.runs("--json")
    assert result.exit_code == 0
    assert json.loads(result.output)[0]["system_id"] == "astro"


async def test_binds_check_speaks_nagios(admin: Admin) -> None:
    result = await admin.runs("--check")
    assert result.exit_code == 0
    assert result.output == (
        "SMSC OK - 1 of 1 sessions bound | bound=1;;;0;1 'helvetia-1/0 window'=3;;;0;50 'helvetia-1/0 rtt'=1.2ms\n"
    )


def test_some_down_is_a_warning_and_a_carrier_without_any_critical() -> None:
    up, down = row("h1", BindState.BOUND), row("h2", BindState.WAITING)
    code, line = judge([up, down])
    assert code is Nagios.WARNING
    assert line.startswith("SMSC WARNING - 1 of 2 sessions bound, h2/0 waiting | bound=1;;;0;2")
    code, line = judge([up, row("s1", BindState.DOWN, carrier="sunrise")])
    assert code is Nagios.CRITICAL
    assert "none to sunrise" in line
    assert judge([])[0] is Nagios.UNKNOWN


async def test_no_server_is_one_line_and_its_exit_code(tmp_path: Path) -> None:
    nowhere = Admin(tmp_path / "nothing", [])
    result = await nowhere.runs()
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "mend:" in result.stderr
    checked = await nowhere.runs("--check")
    assert checked.exit_code == 3
    assert checked.output.startswith("SMSC UNKNOWN - ")


def test_the_socket_is_found_without_the_secrets_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
database: sqlite:///other.db
carriers:
  helvetia:
    country: CH
    tariffs: {"CHF 0.00": {}}
    binds: [{address: "127.0.0.1:2775", system_id: astro, password: "${NOT_SET_HERE}"}]
"""
    (tmp_path / "smsc.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    register(app)
    app.callback()(lambda: None)
    result = CliRunner().invoke(app, ["binds", "--check"])
    assert result.output.startswith("SMSC UNKNOWN - other.db.admin: no server")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (119, "119 s"), (600, "10 min"), (11_100, "3 h 5 min"), (864_000, "10 d")],
)
def test_how_long_ago(seconds: int, said: str) -> None:
    since = datetime.fromtimestamp(NOW.timestamp() - seconds, UTC).isoformat()
    assert ago(since, now=NOW) == said
