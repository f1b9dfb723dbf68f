"""The consent chain: every event of a number is linked to the one before it by keyed digests (D6).

Two things are kept of each consent event. The row in `consent` has the personal side: the number, the texts as seen
and answered, the evidence; it can be erased. The row in `consent_link` has the facts (when, by what, which campaign,
profile and wording, which carrier) and a digest of the personal side, and is never changed. `consent_head` has the
last link of each number with a seal, so that a chain cannot be cut short unseen, and `consent_total` a sealed count of
all events and numbers, so that no number can go as a whole. An older copy of the whole database, seals and all, is not
found out by this.

    text_digest = HMAC(key, "text" | the personal side)
    link        = HMAC(key, "link" | link before | number's digest | place | facts | text_digest)
    seal        = HMAC(key, "head" | number's digest | place | link)

The key is SMSC_LEDGER_KEY where it is given; else one that the database was born with (meta `ledger_key`). Who has the
database and not the key can neither forge a link nor find out a number by trying them all.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, text

from smsc.optin.wording import digest
from smsc.sms.numbers import Msisdn
from smsc.store.errors import StoreUnusable
from smsc.store.instants import instant, micros, storable
from smsc.store.person_tables import consent_head, consent_link, consent_total
from smsc.store.rows import ConsentRow
from smsc.store.schema import MARK, mark_of
from smsc.store.statements import Db, Statement
from smsc.store.tables import meta

FIRST = "0" * 64
"""What the first link of a number is linked to."""

SEAL, DUE = "ledger_seal", "due"
"""What the migration leaves in `meta` where there are chains to seal."""
ERASED = "erased"
"""State of the event that an erasure leaves behind; only what came before it may lack its texts."""

HEADS = Statement(
    lambda d: select(consent_head).where(d.among(consent_head.c.number_digest, "numbers")).with_for_update()
)
PUT_HEAD = Statement(
    lambda d: d.insert_or_replace(consent_head, ("number_digest",)), columns=consent_head.c.keys()
)
PUT_MARK = Statement(lambda d: d.insert_or_ignore(meta), columns=meta.c.keys())
PUT_LINK = Statement(lambda d: d.insert_or_ignore(consent_link), columns=consent_link.c.keys())
LINKS = Statement(
    lambda d: (
        select(consent_link)
        .where(consent_link.c.number_digest == bindparam("number"))
        .order_by(consent_link.c.place)
    )
)
HEAD = Statement(lambda d: select(consent_head).where(consent_head.c.number_digest == bindparam("number")))
TOTAL = Statement(lambda d: select(consent_total).where(consent_total.c.id == 1).with_for_update())
TOTAL_SEEN = Statement(lambda d: select(consent_total).where(consent_total.c.id == 1))
PUT_TOTAL = Statement(lambda d: d.insert_or_replace(consent_total, ("id",)), columns=consent_total.c.keys())
COUNTED = Statement(
    lambda d: select(func.count(), func.count(consent_link.c.number_digest.distinct())).select_from(
        consent_link
    )
)
ANY_TOTAL = Statement(lambda d: select(consent_total.c.id))
UNSEALED = Statement(
    lambda d: select(consent_head.c.number_digest, consent_head.c.place, consent_head.c.link).where(
        consent_head.c.seal == text("''")
    )
)
META = Statement(lambda d: select(meta.c.value).where(meta.c.name == bindparam("wanted")))
UNMARK = Statement(lambda d: delete(meta).where(meta.c.name == bindparam("wanted")))
HEADS_COUNTED = Statement(lambda d: select(func.count()).select_from(consent_head))


@dataclass(frozen=True, slots=True)
class Link:
    """One event as the chain keeps it. `facts` is canonical JSON."""

    id: int
    number_digest: str
    place: int
    facts: str
    text_digest: str
    link: str


@dataclass(frozen=True, slots=True)
class ChainedConsent:
    """One event for people: the facts, and the personal side unless it was erased."""

    id: int
    place: int
    at: datetime
    facts: dict[str, Any]
    link: str
    row: ConsentRow | None
    """None once the texts were erased."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything the ledger has of one number. `faults` is empty when the chain holds."""

    number_digest: str
    events: tuple[ChainedConsent, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, added, taken out or cut off."""
        return not self.faults


def number_digest(key: bytes, msisdn: Msisdn) -> str:
    """What stands for a number where the number itself must not stand."""
    if not key:
        raise StoreUnusable("the consent chain of this database needs its key: set SMSC_LEDGER_KEY")
    return _mac(key, "number", storable(msisdn))


def append(db: Db, rows: list[ConsentRow]) -> None:
    """Link new events to the chains of their numbers, whose rows the caller holds locked."""
    if not rows:
        return
    digests = {row.msisdn: number_digest(db.key, row.msisdn) for row in rows}
    heads = {row[0]: (row[1], row[2]) for row in db.rows(HEADS, numbers=sorted(set(digests.values())))}
    links = []
    for row in rows:
        number = digests[row.msisdn]
        place, before = heads.get(number, (0, FIRST))
        facts, text_digest = facts_of(row), text_digest_of(db.key, row)
        link = link_of(db.key, before, number, place + 1, facts, text_digest)
        heads[number] = (place + 1, link)
        links.append((row.id, number, place + 1, facts, text_digest, link))
    if any(link[2] == 1 for link in links):
        db.many(PUT_MARK, [(MARK, mark_of(db.key))])
    db.many(PUT_LINK, links)
    db.many(PUT_HEAD, [(n, *heads[n], seal_of(db.key, n, *heads[n])) for n in sorted(set(digests.values()))])
    _count(db, events=len(links), numbers=sum(link[2] == 1 for link in links))


def _count(db: Db, *, events: int, numbers: int) -> None:
    """Keep how many events and numbers the whole ledger has, sealed, so that no whole chain can go unseen."""
    found = db.rows(TOTAL)
    if not found:
        return  # it was taken out, and must not begin anew
    _, had, of, seal = found[0]
    if hmac.compare_digest(
        seal, total_seal_of(db.key, had, of)
    ):  # else it was changed, and is not sealed anew
        _put_total(db, had + events, of + numbers)


def seal_ledger(db: Db) -> None:
    """Begin the count of a new ledger; seal the chains of an older release that hold, once (its migration asks)."""
    if not db.key:
        return
    if db.value(META, wanted=SEAL) == DUE:
        for number, place, link in db.rows(UNSEALED):
            links = [Link(*row) for row in db.rows(LINKS, number=number)]
            if _linked(db.key, links) == (place, link):
                db.many(PUT_HEAD, [(number, place, link, seal_of(db.key, number, place, link))])
        _put_total(db, *db.rows(COUNTED)[0])
        db.run(UNMARK, wanted=SEAL)
    elif db.value(META, wanted=MARK) is None and db.value(ANY_TOTAL) is None:
        _put_total(db, 0, 0)


def _linked(key: bytes, links: list[Link]) -> tuple[int, str] | None:
    """Where a chain ends; None for one that does not hold."""
    before = FIRST
    for place, one in enumerate(links, 1):
        made = link_of(key, before, one.number_digest, place, one.facts, one.text_digest)
        if one.place != place or not hmac.compare_digest(made, one.link):
            return None
        before = one.link
    return len(links), before


def _put_total(db: Db, events: int, numbers: int) -> None:
    db.many(PUT_TOTAL, [(1, events, numbers, total_seal_of(db.key, events, numbers))])


def seal_of(key: bytes, number: str, place: int, link: str) -> str:
    """What says that a number's chain ends here; only who has the key can say so."""
    return _mac(key, "head", number, str(place), link)


def total_seal_of(key: bytes, events: int, numbers: int) -> str:
    """What says that the ledger has so many events, of so many numbers."""
    return _mac(key, "total", str(events), str(numbers))


def total_faults(db: Db) -> list[str]:
    """What is wrong with the ledger as a whole: chains that are gone, or put in, with all that was theirs."""
    found = tuple(db.rows(COUNTED)[0])
    heads = db.value(HEADS_COUNTED)
    total = db.rows(TOTAL_SEEN)
    if not total:
        return ["the count of the whole ledger is gone"]
    _, events, numbers, seal = total[0]
    if not hmac.compare_digest(seal, total_seal_of(db.key, events, numbers)):
        return ["the count of the whole ledger was changed"]
    faults = []
    if found != (events, numbers):
        faults.append(
            f"the ledger had {events} events of {numbers} numbers, and has {found[0]} of {found[1]}"
        )
    if heads != numbers:
        faults.append(f"the ledger has {heads} ends of chains for {numbers} numbers")
    return faults


def facts_of(row: ConsentRow) -> str:
    """What is said of an event without naming the person or repeating a text."""
    c = row.consent
    facts = {
        "at": micros(row.at),
        "generation": row.generation,
        "campaign": c.campaign,
        "state": c.state,
        "by": c.by,
        "ref": c.ref,
        "profile": c.profile,
        "version": c.version,
        "registration": c.registration,
        "carrier": storable(c.evidence.get("carrier", "")),
        "wording": digest(storable(c.seen)) if c.seen else "",
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"))


def text_digest_of(key: bytes, row: ConsentRow) -> str:
    """Digest of the personal side."""
    c = row.consent
    evidence = json.dumps(dict(c.evidence), sort_keys=True)
    return _mac(key, "text", storable(row.msisdn), storable(c.seen), storable(c.answered), evidence)


def link_of(key: bytes, before: str, number: str, place: int, facts: str, text_digest: str) -> str:
    """The link of an event at its place behind another."""
    return _mac(key, "link", before, number, str(place), facts, text_digest)


def read_chain(db: Db, msisdn: Msisdn, rows: dict[int, ConsentRow], *, erased: set[int]) -> Chain:
    """The chain of a number, verified against the `consent` rows of its events.

    Args:    rows: by id, those that are there with their texts.  erased: ids of rows whose texts are gone.
    """
    number = number_digest(db.key, msisdn)
    links = [Link(*row) for row in db.rows(LINKS, number=number)]
    head = db.rows(HEAD, number=number)
    return Chain(
        number_digest=number,
        events=tuple(_event(link, rows.get(link.id)) for link in links),
        faults=tuple(_faults(db.key, links, rows, erased, head[0] if head else None)),
    )


def links_of(db: Db, number: str) -> list[Link]:
    """The links of a number's digest, in order."""
    return [Link(*row) for row in db.rows(LINKS, number=number)]


def _event(link: Link, row: ConsentRow | None) -> ChainedConsent:
    facts = _json(link.facts)
    at = facts.get("at")
    return ChainedConsent(
        link.id, link.place, instant(at if isinstance(at, int) else 0), facts, link.link, row
    )


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _faults(
    key: bytes, links: list[Link], rows: dict[int, ConsentRow], erased: set[int], head: Any
) -> list[str]:
    """What is wrong with a chain, in words."""
    faults, before = [], FIRST
    last_erasure = max((n.place for n in links if _json(n.facts).get("state") == ERASED), default=0)
    for place, one in enumerate(links, 1):
        if one.place != place:
            faults.append(f"event {place} is missing")
            break
        made = link_of(key, before, one.number_digest, one.place, one.facts, one.text_digest)
        if not hmac.compare_digest(made, one.link):
            faults.append(f"event {place} (id {one.id}) was changed, or another key is in use")
        before = one.link
        row = rows.get(one.id)
        if row is not None:
            if facts_of(row) != one.facts or text_digest_of(key, row) != one.text_digest:
                faults.append(f"the texts or facts kept beside event {place} (id {one.id}) were changed")
        elif one.id not in erased or place > last_erasure:
            faults.append(f"the texts of event {place} (id {one.id}) are gone without an erasure")
    end = (head[1], head[2]) if head is not None else (0, FIRST)
    if head is not None and not hmac.compare_digest(head[3], seal_of(key, *head[:3])):
        faults.append("what says where the chain ends was changed")
    if not faults and end != (len(links), before):
        faults.append(f"the chain ends at event {len(links)}, and had {end[0]}")
    known = {one.id for one in links}
    faults += [f"event id {n} is in no chain" for n in sorted(rows.keys() - known)]
    return faults


def _mac(key: bytes, *parts: str) -> str:
    """HMAC-SHA256 over parts, each with its length, so that none can pass as two."""
    whole = bytearray()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole += len(data).to_bytes(4, "big") + data
    return hmac.digest(key, whole, "sha256").hex()
