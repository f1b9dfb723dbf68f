"""keywords.yaml to a Table, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smsc.keywords.build import Built, build_campaign, build_code, build_merchant
from smsc.keywords.clashes import clashes
from smsc.keywords.lines import Items, Keys, Node, expand, load_yaml
from smsc.keywords.models import KeywordsFile
from smsc.keywords.overlay import Change, lay_over
from smsc.keywords.problems import BadFile, BadKeywords, Problem, Severity
from smsc.keywords.shape import validate
from smsc.keywords.table import CodeTable, ProfileWords, Table, compile_code
from smsc.keywords.words import Dictionary, shipped_dictionary
from smsc.messages import Campaign, Code


def load_table(
    text: str,
    *,
    file: str,
    profile_words: Mapping[str, ProfileWords],
    environ: Mapping[str, str] | None = None,
    overlay: Sequence[Change] = (),
) -> Table:
    """The table of a keywords.yaml.

    Args:    profile_words: by profile name, every profile a campaign may follow.
             environ: what `${NAME}` in values becomes; None leaves such text alone.
             overlay: what accounts have changed, laid over the file after that.
    Raises:  BadKeywords: with every problem found, each with line, rule and mend.
    """
    problems: list[Problem] = []
    try:
        tree = load_yaml(text, file=file)
    except BadFile as error:
        raise BadKeywords(error.problems) from error
    if environ is not None:
        expanded = expand(tree, environ, file=file, problems=problems)
        tree = expanded if isinstance(expanded, Keys) else tree
    if overlay:
        tree = lay_over(tree, overlay, file=file, problems=problems)
    read, wrong = validate(KeywordsFile, tree, file=file, rule="KW")
    if read is None:
        raise BadKeywords(problems + wrong)
    return _table(read, Built(file, tree, problems), profile_words)


def _table(read: KeywordsFile, built: Built, profile_words: Mapping[str, ProfileWords]) -> Table:
    dictionary = shipped_dictionary()
    codes = {number: build_code(built, number, one, dictionary) for number, one in read.short_codes.items()}
    merchants = {name: build_merchant(built, name, one, read) for name, one in read.merchants.items()}
    campaigns: dict[str, Campaign] = {}
    for index in range(len(read.campaigns)):
        campaign = build_campaign(built, index, read, known_profiles=profile_words)
        if campaign is not None:
            campaigns.setdefault(campaign.id, campaign)
            built.places.setdefault(campaign.id, index)
    built.problems += clashes(read, built, dictionary, profile_words)
    if any(one.severity is Severity.ERROR for one in built.problems):
        raise BadKeywords(set(built.problems))
    return Table(
        codes=codes,
        merchants=merchants,
        campaigns=campaigns,
        compiled=_compiled(read, codes, campaigns, dictionary, profile_words),
        stranger=compile_code(dictionary.words(()), (), profile_words={}),
        lines=_lines(built),
        warnings=tuple(built.problems),
    )


def _compiled(
    read: KeywordsFile,
    codes: Mapping[str, Code],
    campaigns: Mapping[str, Campaign],
    dictionary: Dictionary,
    profile_words: Mapping[str, ProfileWords],
) -> dict[str, CodeTable]:
    here: dict[str, list[Campaign]] = {number: [] for number in codes}
    pooled: dict[str, list[Campaign]] = {number: [] for number in codes}
    for campaign in campaigns.values():
        here[campaign.short_code].append(campaign)
        pool = campaign.extra.get("pool", ())
        for number in pool if isinstance(pool, tuple) else ():
            if number != campaign.short_code:
                pooled[number].append(campaign)
    return {
        number: compile_code(
            dictionary.words(code.languages, read.short_codes[number].words),
            here[number],
            pooled=pooled[number],
            profile_words=profile_words,
        )
        for number, code in codes.items()
    }


def _lines(built: Built) -> dict[tuple[str, ...], int]:
    """Lines of codes, merchants and campaigns and of their keys, for checks that look across files."""
    lines: dict[tuple[str, ...], int] = {}
    entry = built.tree.entries.get("campaigns")
    items = entry.node.items if entry is not None and isinstance(entry.node, Items) else ()
    for id_, index in built.places.items():
        node = items[index]
        lines["campaigns", id_] = node.line
        if isinstance(node, Keys):
            lines |= {("campaigns", id_, key): value.line for key, value in node.entries.items()}
    for name in ("short_codes", "merchants", "profiles"):
        if (entry := built.tree.entries.get(name)) is not None:
            _lines_below(entry.node, (name,), lines)
    return lines


def _lines_below(node: Node, path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> None:
    for key, entry in node.entries.items() if isinstance(node, Keys) else ():
        lines[*path, key] = entry.line
        _lines_below(entry.node, (*path, key), lines)
