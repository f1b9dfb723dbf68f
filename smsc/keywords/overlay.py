"""What accounts have changed by API, laid over the tree of keywords.yaml before it is read.

The rest of the loader sees one tree and judges all of it. A node of the overlay has its row's version, negative, for a
line, so that a problem names the row. Values of the overlay are taken as they are: `${NAME}` in them stays text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from smsc.keywords.fold import fold_phrase
from smsc.keywords.lines import Entry, Items, Keys, Node, Text
from smsc.keywords.problems import Problem, Severity

STORE, CALLBACK, RESPONDER = "store", "callback", "responder"
COPIED = ("short_code", "profile", "language", "pool", "double_opt_in", "duplicate_guard", "quiet_hours")
"""What a new store has from the store of the account that made it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: of `owner` (a merchant), known by kind, owner and name. An empty body takes an earlier one back."""

    kind: str
    owner: str
    name: str
    body: Mapping[str, str]
    version: int = 0


def responder_change(owner: str, campaign: str, word: str, body: Mapping[str, str]) -> Change:
    """A responder keyword of a store: `active` and `other` texts; `made` where the word itself is the account's.

    `was`: the file's two texts when they were replaced.
    """
    said = {"campaign": campaign, "word": word, **body} if body else {}
    return Change(RESPONDER, owner, f"{campaign} {fold_phrase(word)}", said)


def callback_change(owner: str, body: Mapping[str, str]) -> Change:
    """The `url` of a merchant's callback; `was`: the file's when it was replaced."""
    return Change(CALLBACK, owner, "callback", body)


def store_change(owner: str, merchant: str, body: Mapping[str, str]) -> Change:
    """A new store of an account: `keyword`, `like` (the campaign it is made after), `name`, `hotline`."""
    return Change(STORE, owner, merchant, body)


def lay_over(tree: Keys, changes: Iterable[Change], *, file: str, problems: list[Problem]) -> Keys:
    """The tree with these changes; what has lost its place in the file is left out and told as a warning."""
    changes = sorted(changes, key=lambda change: change.version)
    made = {change.name for change in changes if change.kind == STORE}
    laying = _Laying(file, tree, problems)
    for change in sorted(changes, key=lambda change: _place(change, made)):
        match change.kind:
            case "store":
                laying.store(change)
            case "callback":
                laying.callback(change)
            case "responder":
                laying.responder(change)
            case _:
                laying.lost(change, f"nothing here knows the kind {change.kind}")
    return laying.tree


def _place(change: Change, made: Collection[str]) -> int:
    """Callbacks of the file's merchants first, for new stores take theirs over; then these stores; then the rest."""
    match change.kind:
        case "callback":
            return 2 if change.owner in made else 0
        case "store":
            return 1
        case _:
            return 3


class _Laying:
    """One laying over under way."""

    def __init__(self, file: str, tree: Keys, problems: list[Problem]) -> None:
        self.file, self.tree, self.problems = file, tree, problems
        self.made: set[str] = set()

    def lost(self, change: Change, why: str) -> None:
        """The row has no effect."""
        self._warn(change, f"{why}: without effect", f"smsc overlay remove {change.version}")

    def _warn(self, change: Change, message: str, mend: str) -> None:
        severity = Severity.WARNING
        self.problems.append(Problem(self.file, -change.version, "S1", message, mend, severity))

    def store(self, change: Change) -> None:
        body, line = change.body, -change.version
        like = self._campaign(body.get("like", ""), change.owner)
        parent = _keys(_keys(self.tree, "merchants"), change.owner)
        if like is None:
            self.lost(
                change,
                f"store {body.get('keyword')} is made after {body.get('like')}, which is not in the file",
            )
            return
        if (taken := _keys(self.tree, "merchants").entries.get(change.name)) is not None:
            message = f"merchant {change.name} is also a store of the overlay (row {change.version})"
            mend = f"name it otherwise, or smsc overlay remove {change.version}"
            self.problems.append(Problem(self.file, taken.line, "S1", message, mend))
            return
        said = {"name": body.get("name", ""), "hotline": body.get("hotline", ""), "account": change.owner}
        merchant = _of(said, line)
        for key in ("callback", "communication_codes"):
            if (entry := parent.entries.get(key)) is not None:
                merchant = _with(merchant, key, _at(entry.node, line))
        _, first = like
        campaign = _of({"keyword": body.get("keyword", ""), "merchant": change.name}, line)
        for key in COPIED:
            if (entry := first.entries.get(key)) is not None:
                campaign = _with(campaign, key, _at(entry.node, line))
        merchants = _with(_keys(self.tree, "merchants"), change.name, merchant)
        items = _items(self.tree, "campaigns")
        self.tree = _with(self.tree, "merchants", merchants)
        self.tree = _with(self.tree, "campaigns", replace(items, items=(*items.items, campaign)))
        self.made.add(change.name)

    def callback(self, change: Change) -> None:
        line, merchants = -change.version, _keys(self.tree, "merchants")
        if change.owner not in merchants.entries:
            self.lost(change, f"merchant {change.owner} is not in the file")
            return
        merchant = _keys(merchants, change.owner)
        url = Text(line, change.body.get("url", ""))
        old = _keys(merchant, "callback")
        if change.owner in self.made or "url" not in old.entries:
            new = Keys(line, {"url": Entry(line, url), "format": Entry(line, Text(line, "crmtext"))})
        else:
            said = _text(old, "url")
            if said not in (change.body.get("was", said), url.value):
                self._hides(change, f"merchant {change.owner}: the file's callback url")
            new = _with(old, "url", url)
        self.tree = _with(
            self.tree, "merchants", _with(merchants, change.owner, _with(merchant, "callback", new))
        )

    def responder(self, change: Change) -> None:
        body, line = change.body, -change.version
        found = self._campaign(body.get("campaign", ""), change.owner)
        if found is None:
            self.lost(change, f"{body.get('campaign')} of {change.owner} is not in the file")
            return
        index, campaign = found
        word, responders = body.get("word", ""), _keys(campaign, "responders")
        spelled = next((w for w in responders.entries if fold_phrase(w) == fold_phrase(word)), word)
        if spelled in responders.entries:
            old = _keys(responders, spelled)
            if f"{_text(old, 'active')}\n{_text(old, 'other')}" != body.get("was", ""):
                self._hides(change, f"{body.get('campaign')}: the file's responder {spelled}")
        texts = _of({"active": body.get("active", ""), "other": body.get("other", "")}, line)
        campaign = _with(campaign, "responders", _with(responders, spelled, texts))
        items = _items(self.tree, "campaigns")
        listed = (*items.items[:index], campaign, *items.items[index + 1 :])
        self.tree = _with(self.tree, "campaigns", replace(items, items=listed))

    def _hides(self, change: Change, what: str) -> None:
        message = f"{what} is not in force, {change.owner} has set its own"
        self._warn(change, message, f"smsc overlay remove {change.version} puts the file's in force")

    def _campaign(self, wanted: str, merchant: str) -> tuple[int, Keys] | None:
        """The campaign of an id, if it is this merchant's, and its place."""
        for index, node in enumerate(_items(self.tree, "campaigns").items):
            if isinstance(node, Keys) and _text(node, "merchant") == merchant:
                keyword = " ".join(_text(node, "keyword").split()).upper()
                if f"{_text(node, 'short_code')}/{keyword}" == wanted:
                    return index, node
        return None


def _keys(parent: Keys, name: str) -> Keys:
    entry = parent.entries.get(name)
    return entry.node if entry is not None and isinstance(entry.node, Keys) else Keys(parent.line, {})


def _items(parent: Keys, name: str) -> Items:
    entry = parent.entries.get(name)
    return entry.node if entry is not None and isinstance(entry.node, Items) else Items(parent.line, ())


def _text(parent: Keys, name: str) -> str:
    entry = parent.entries.get(name)
    return entry.node.value if entry is not None and isinstance(entry.node, Text) else ""


def _of(said: Mapping[str, str], line: int) -> Keys:
    return Keys(line, {name: Entry(line, Text(line, value)) for name, value in said.items()})


def _with(parent: Keys, name: str, node: Node) -> Keys:
    """The mapping with one value; a key that is there keeps its line."""
    old = parent.entries.get(name)
    return Keys(
        parent.line,
        {**parent.entries, name: Entry(old.line if old and node.line > 0 else node.line, node)},
    )


def _at(node: Node, line: int) -> Node:
    """The tree at another line."""
    match node:
        case Text():
            return replace(node, line=line)
        case Items():
            return Items(line, tuple(_at(one, line) for one in node.items))
        case Keys():
            return Keys(
                line, {name: Entry(line, _at(entry.node, line)) for name, entry in node.entries.items()}
            )
