"""Connections break at random moments under load: every bind comes back, nothing is lost, nothing is taken twice.

20 drops; 200 with SMSC_SOAK=1.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random

from smsc.app.compose import Running, start
from smsc.config import load_config
from smsc.link import BindState
from smsc.messages import Kind
from smsc.sim.carrier import Carrier
from smsc.sim.form import CarrierForm
from smsc.smpp.codes import Command, Tag
from smsc.sms.numbers import Msisdn
from tests.small import KEYWORDS

DROPS = 200 if os.environ.get("SMSC_SOAK") else 20
MOS_A_DROP = 25
PDUS_BETWEEN = 60
"""PDUs that pass between two drops, at most."""
SESSIONS = 3
TRIES = 200
SOON_S = 90.0
KEYWORD = "HOROSKOP"
CONFIG = """
database: "sqlite:///{folder}/smsc.db"
http: {{listen: "127.0.0.1:0"}}
smpp: {{connects_per_s: 1000}}
limits: {{retry_s: 0.1, retry_s_max: 0.2}}
carriers:
  helvetia:
    country: CH
    prefixes: ["41"]
    tariffs: {{"CHF 3.00": {{tlv: {{0x1401: "0300"}}}}}}
    binds:
      - {{address: "{smsc}", system_id: astro, password: secret, window: 20, sessions: {sessions},
          rebind: {{initial_s: 0.02, max_s: 0.1}}}}
"""
NOTICED_S = 1.0
"""How long an end may need to notice that the other is gone."""
NUMBERS = [Msisdn(f"4179{n:05}77") for n in range(DROPS * MOS_A_DROP)]
"""None has a magic ending: a link that the carrier drops by itself, or an answer that never comes, is no leak."""


async def server_for(carrier: Carrier, folder: Path) -> Running:
    config = CONFIG.format(folder=folder, smsc=await carrier.listen(), sessions=SESSIONS)
    return await start(load_config(config, file="smsc.yaml", environ={}), KEYWORDS)


def sockets() -> int:
    """Sockets that this process holds."""
    links = (path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return sum(str(link).startswith("socket:") for link in links)


def tasks() -> Counter[str]:
    """The tasks that run, by name; unnamed ones are numbered by asyncio and counted together."""
    return Counter(task.get_name().rstrip("0123456789") for task in asyncio.all_tasks())


async def drops(carrier: Carrier, server: Running, rng: Random) -> None:
    """Break one connection or all of them, from either end, as often as is wanted."""
    for _ in range(DROPS):
        seen = carrier.pdus.last
        await carrier.pdus.find(lambda n, _: n > seen + rng.randrange(PDUS_BETWEEN), timeout=SOON_S)  # noqa: B023
        ends = carrier.links if rng.random() < 0.5 else server.board.links("helvetia-1")
        for link in ends if rng.random() < 0.3 else rng.sample(ends, min(1, len(ends))):
            link.abort()


async def settle(carrier: Carrier, server: Running) -> None:
    await carrier.is_bound(links=SESSIONS, timeout=SOON_S)
    async with asyncio.timeout(SOON_S):
        while any(row.state is not BindState.BOUND for row in server.board.rows()):
            await turn()
        await server.node.settled()


async def turn() -> None:
    """One turn of the loop."""
    await asyncio.sleep(0)


async def test_drops_under_load_lose_nothing_and_leak_nothing(tmp_path: Path) -> None:
    form = CarrierForm(name="helvetia", system_id="astro", password="secret", redelivery_s=0.05, window=20)
    carrier = Carrier(form, limit=len(NUMBERS) * 20)
    server = await server_for(carrier, tmp_path)
    await settle(carrier, server)
    sockets_before, tasks_before = sockets(), tasks()

    dropping = asyncio.create_task(drops(carrier, server, Random(20)))
    batches = [NUMBERS[n : n + MOS_A_DROP] for n in range(0, len(NUMBERS), MOS_A_DROP)]
    statuses: Counter[int | None] = Counter()
    for batch in batches:
        texts = (carrier.deliver(number, "543", KEYWORD, tries=TRIES) for number in batch)
        statuses.update(await asyncio.gather(*texts))
    extra = 0
    while not dropping.done():  # drops may outlast the load: go on until the last
        extra += 1
        await carrier.deliver(f"4178{extra:05}77", "543", KEYWORD, tries=TRIES)
    await dropping
    await settle(carrier, server)

    assert statuses == {0: len(NUMBERS)}
    for number in NUMBERS:
        await carrier.next_mt(number)
    timelines = await server.store.read(lambda r: [r.timeline(number) for number in NUMBERS])
    assert {sum(one.redelivery_of is None for one in seen.mos) for seen in timelines} == {1}
    assert {tuple(row.mt.kind for row in seen.mts) for seen in timelines} == {(Kind.REQUEST,)}
    assert twice_by_another_reference(carrier) == []
    with suppress(TimeoutError):
        async with asyncio.timeout(NOTICED_S):
            while (sockets(), tasks()) != (sockets_before, tasks_before):
                await turn()
    assert (sockets(), tasks()) == (sockets_before, tasks_before)
    await server.stop()
    await carrier.stop()


def twice_by_another_reference(carrier: Carrier) -> list[str]:
    """Numbers whose one MT came more than once as if it were several."""
    references: dict[str, set[bytes]] = {}
    for passed in carrier.pdus.all():
        if passed.pdu.command is Command.SUBMIT_SM:
            of_number = references.setdefault(passed.pdu.text("destination_addr"), set())
            of_number.add(passed.pdu.tlvs[Tag.USER_MESSAGE_REFERENCE])
    return [number for number, seen in references.items() if len(seen) > 1]
