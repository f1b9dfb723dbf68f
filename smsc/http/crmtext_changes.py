"""The methods of the CRM Text API that change the configuration: keywords, their texts, callbacks, new stores.

Each is a change of the overlay: the loader of keywords.yaml judges it, and a refusal says what the loader said.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from smsc.http.crmtext_desk import Desk
from smsc.http.crmtext_xml import Refusal, add, response
from smsc.keywords import BadFile
from smsc.keywords.fold import fold_phrase
from smsc.keywords.overlay import (
    RESPONDER,
    STORE,
    Change,
    callback_change,
    responder_change,
    store_change,
)
from smsc.keywords.table import phrases, responder_words
from smsc.messages import Campaign
from smsc.pipeline.overlay import Edit, Login, TooManyChanges, UserTaken
from smsc.store.keys import slow_digest
from smsc.store.overlay import OverlayRow

KEYWORD = re.compile(r"[A-Za-z0-9 ]{2,30}")
KEYWORDS_MAX = 50
"""Responder keywords that a store makes for itself."""
STORES_MAX = 20
"""Stores that an account makes for itself."""
PASSWORD_MIN, PASSWORD_MAX = 8, 128
USER = re.compile(r"[^@\s:]{1,64}@[^@\s:]{1,190}")
NAME_MAX = 80
IN_FILE = "is set in this server's keywords.yaml; ask its operator"


async def createkeyword(desk: Desk) -> Element:
    """A responder keyword of the store on its marketing code; both its texts are the autoresponder."""
    word, text = _word(desk, "keyword"), _text(desk, "autoresponder")
    store = desk.campaign
    if why := desk.why_not_free(word):
        raise Refusal(f"Keyword {word} is not available: it {why}")
    change = responder_change(
        store.merchant, store.id, word, {"active": text, "other": text, "made": desk.method}
    )

    def edit(rows: Sequence[OverlayRow]) -> list[Change]:
        mine = [r for r in rows if r.change.kind == RESPONDER and r.change.body.get("campaign") == store.id]
        if any(row.change.name == change.name for row in mine):
            raise Refusal(f"Keyword {word} is not available: it is taken")
        if sum("made" in row.change.body for row in mine) >= KEYWORDS_MAX:
            raise Refusal(f"A store makes at most {KEYWORDS_MAX} keywords: delete one first")
        return [change]

    await _change(desk, edit)
    return _keyword(desk, word)


async def deletekeyword(desk: Desk) -> Element:
    """Take back a keyword that was made by createkeyword."""
    word, store = _word(desk, "keyword"), desk.campaign
    gone = responder_change(store.merchant, store.id, word, {})
    if fold_phrase(word) in phrases(store):
        raise Refusal("The opt-in keyword of a store cannot be deleted")

    def edit(rows: Sequence[OverlayRow]) -> list[Change]:
        if any(r.change.name == gone.name and r.change.kind == RESPONDER and _made(r.change) for r in rows):
            return [gone]
        raise Refusal(
            f"Keyword {word} {IN_FILE}" if _owned(store, word) else f"The store has no keyword {word}"
        )

    await _change(desk, edit)
    return _keyword(desk, word)


async def changestoretextcodemsg(desk: Desk) -> Element:
    """The two texts of a responder keyword; one that is not given stays."""
    word, store = _word(desk, "textcode"), desk.campaign
    if fold_phrase(word) in phrases(store):
        raise Refusal("The texts of an opt-in keyword are not editable")
    spelled = _owned(store, word)
    pairs = store.extra.get("responders", {})
    if not spelled or not isinstance(pairs, dict):
        raise Refusal(f"The store has no responder keyword {word}")
    active, other = (desk.given.get(name, "").strip() for name in ("optinmsg", "nonoptinmsg"))
    if not active and not other:
        raise Refusal("optinmsg and nonoptinmsg are missing")
    now = pairs[spelled]
    change = responder_change(
        store.merchant, store.id, spelled, {"active": active or now[0], "other": other or now[1]}
    )

    def edit(rows: Sequence[OverlayRow]) -> list[Change]:
        before = next((r.change.body for r in rows if r.change.name == change.name), None)
        kept = {"was": f"{now[0]}\n{now[1]}"} if before is None else _kept(before)
        return [responder_change(store.merchant, store.id, spelled, {**change.body, **kept})]

    await _change(desk, edit)
    return _keyword(desk, spelled)


async def setcallback(desk: Desk) -> Element:
    """The store's web service; all stores of a merchant share it."""
    wanted, now = desk.given.get("callback", "").strip(), desk.callback()
    if not wanted:
        raise Refusal("callback is missing")
    if wanted != now:
        if why := await desk.changes.refused_url(wanted):
            raise Refusal(f"The callback cannot be reached: {why}")

        def edit(rows: Sequence[OverlayRow]) -> list[Change]:
            owner = desk.merchant.id
            key = callback_change(owner, {})
            before = next(
                (r.change.body for r in rows if (r.change.kind, r.change.owner) == (key.kind, owner)), None
            )
            return [
                callback_change(owner, {"url": wanted, **({"was": now} if before is None else _kept(before))})
            ]

        await _change(desk, edit)
        await desk.changes.endpoint_changed(desk.merchant.id)
    answer = response(desk.method)
    add(answer, "callback", wanted)
    return answer


async def createstoreanduser(desk: Desk) -> Element:
    """A further store of the account, after the one that calls; with emailid and password a user of its own.

    Without them the account's own credentials open it, with the new keyword.
    """
    keyword, name = _word(desk, "storekeyword").upper(), _line(desk, "storename")
    if not name:
        raise Refusal("storename is missing")
    if desk.merchant.account:
        raise Refusal("A store that was made by another one makes none")
    if why := desk.why_not_free(keyword):
        raise Refusal(f"Keyword {keyword} is not available: it {why}")
    phone = _phone(desk)
    merchant = f"{desk.merchant.id[:32]}-{keyword.replace(' ', '-').lower()}"
    body = {
        "keyword": keyword,
        "like": desk.campaign.id,
        "name": name,
        "hotline": phone or desk.merchant.hotline,
    }
    edit = _new_store(desk, merchant, keyword, body)
    _administers(desk)
    edit(desk.changes.overlay.rows)  # a slow digest is for stores that may be: one core's work for a while
    login = await _login(desk, merchant)
    await _change(desk, edit, login=login)
    answer = response(desk.method)
    store = add(answer, "store")
    for tag, value in (
        ("store-id", merchant),
        ("store-name", name),
        ("store-phone", re.sub(r"\D", "", phone)),
    ):
        add(store, tag, value)
    return answer


def _new_store(desk: Desk, merchant: str, keyword: str, body: Mapping[str, str]) -> Edit:
    """Makes the store unless its name is taken or the account has too many; then it raises Refusal."""

    def edit(rows: Sequence[OverlayRow]) -> list[Change]:
        mine = [r for r in rows if r.change.kind == STORE and r.change.owner == desk.merchant.id]
        if any(row.change.name == merchant for row in mine):
            raise Refusal(f"Keyword {keyword} is not available: it is taken")
        if len(mine) >= STORES_MAX:
            raise Refusal(f"An account makes at most {STORES_MAX} stores")
        return [store_change(desk.merchant.id, merchant, body)]

    return edit


async def _login(desk: Desk, merchant: str) -> Login | None:
    """The new store's user, if one is wanted; its password only as a digest.  Raises: Refusal."""
    user, password = desk.given.get("emailid", "").strip(), desk.given.get("password", "")
    if not user and not password:
        return None
    if not USER.fullmatch(user):
        raise Refusal("emailid is no e-mail address")
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Refusal(f"password must have {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    person = " ".join(filter(None, (_line(desk, "firstname"), _line(desk, "lastname"))))
    return Login(merchant, user, await asyncio.to_thread(slow_digest, password), person)


def _administers(desk: Desk) -> None:
    """Raises: Refusal: the key is not good for changes."""
    if "admin" not in desk.key.scopes:
        raise Refusal("The key has no scope admin, which changes of the configuration need")


async def _change(desk: Desk, edit: Edit, *, login: Login | None = None) -> None:
    """Raises: Refusal: the key is not good for it, or what the loader said."""
    _administers(desk)
    by = f"{desk.key.cc} (key {desk.key.id}), {desk.method}"
    try:
        await desk.changes.overlay.change(edit, owner=desk.merchant.id, by=by, login=login)
    except BadFile as error:
        first = error.problems[0]
        raise Refusal(f"{first.message}; {first.mend}") from error
    except UserTaken as error:
        raise Refusal("emailid is taken by another user") from error
    except TooManyChanges as error:
        raise Refusal(str(error)) from error
    if login is not None:
        desk.changes.user_made(login.user)


def _keyword(desk: Desk, word: str) -> Element:
    answer = response(desk.method)
    add(answer, "keyword", word)
    return answer


def _word(desk: Desk, name: str) -> str:
    """A keyword among the parameters: 2 to 30 letters, digits, blanks.  Raises: Refusal."""
    word = " ".join(desk.given.get(name, "").split())
    if not word:
        raise Refusal(f"{name} is missing")
    if not KEYWORD.fullmatch(word):
        raise Refusal(f"{name} must have 2 to 30 letters, digits and blanks")
    return word.upper()


def _text(desk: Desk, name: str) -> str:
    text = desk.given.get(name, "").strip()
    if not text:
        raise Refusal(f"{name} is missing")
    return text


def _line(desk: Desk, name: str) -> str:
    """One line of text without what no handset shows."""
    said = "".join(c if c.isprintable() else " " for c in desk.given.get(name, ""))
    return " ".join(said.split())[:NAME_MAX]


def _phone(desk: Desk) -> str:
    """`phonenumber` as people read it, "" for none.  Raises: Refusal."""
    given = desk.given.get("phonenumber", "").strip()
    if not given:
        return ""
    digits = desk.digits("phonenumber")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


def _owned(store: Campaign, word: str) -> str:
    """The store's responder keyword that a text means, as it is spelled; "" for none."""
    return next((one for one in responder_words(store) if fold_phrase(one) == fold_phrase(word)), "")


def _made(change: Change) -> bool:
    return "made" in change.body


def _kept(before: Mapping[str, str]) -> dict[str, str]:
    """What a later change of the same thing keeps of the one before."""
    return {name: before[name] for name in ("was", "made") if name in before}
