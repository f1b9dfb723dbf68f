"""A small keywords.yaml that tests bend."""

from __future__ import annotations

from smsc.keywords import ProfileWords, Table, load_table

WORDS = {
    "ch-mo": ProfileWords(yes=("START {keyword}",)),
    "si-web": ProfileWords(yes=("DA", "YES"), no=("NE",)),
    "be": ProfileWords(yes=("OK",), stop_typos=True),
    "us-store": ProfileWords(yes=("YES", "Y", "START"), no=("NO", "N"), bare_start="reopen"),
    "invitation": ProfileWords(yes=("Y", "Y {keyword}"), no=("N", "N {keyword}")),
    "agree": ProfileWords(yes=("AGREE",), bare_start="confirm"),
}

CODES = """
short_codes:
  "543": {country: CH, carriers: [helvetia]}
  "3030": {country: SI}
  "8080": {country: BE}
  "444999": {country: US, role: marketing}
  "77007": {country: US, role: communication}
  "77010": {country: US, role: marketing}
  "53111": {country: IE}
merchants:
  astro: {name: Astro AG, hotline: "0800 123 456"}
"""

PRICED = 'price: "3.00", currency: CHF, frequency: {messages: 5, per: week}'

DE = f"language: de, {PRICED}"

CAMPAIGNS = f"""
campaigns:
  - {{keyword: HOROSKOP, aliases: [HORO], short_code: "543", merchant: astro, profile: ch-mo, {DE}}}
  - {{keyword: SPRUCH, aliases: [SPRUCH DES TAGES], short_code: "543", merchant: astro, profile: ch-mo, {DE}}}
  - {{keyword: SPRUCH PLUS, short_code: "543", merchant: astro, profile: ch-mo, {DE}}}
  - {{keyword: ZVEZDE, short_code: "3030", merchant: astro, profile: si-web, language: sl, {PRICED}}}
  - {{keyword: VICI, short_code: "3030", merchant: astro, profile: si-web, language: sl, {PRICED}}}
  - {{keyword: ŽIVLJENJE, short_code: "3030", merchant: astro, profile: ch-mo, language: sl, {PRICED}}}
  - {{keyword: STER, short_code: "8080", merchant: astro, profile: be, language: nl, {PRICED}}}
  - {{keyword: PIZZA, short_code: "444999", merchant: astro, profile: us-store, language: en, pool: ["77007"]}}
  - {{keyword: LOCATE, short_code: "77010", merchant: astro, profile: invitation, language: en}}
  - {{keyword: FINDER, short_code: "77010", merchant: astro, profile: invitation, language: en}}
  - {{keyword: QUIZ, short_code: "53111", merchant: astro, profile: agree, language: en, {PRICED}}}
"""


def table(text: str = CODES + CAMPAIGNS) -> Table:
    """The table of a text, by the sample profiles."""
    return load_table(text, file="keywords.yaml", profile_words=WORDS)
