"""Transliteration: the nearest character of the GSM alphabet, and nothing where there is none near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsc.sms.alphabets import try_gsm7
from smsc.sms.coding import length
from smsc.sms.transliterate import transliterate


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Dober dan! Žele: šč ČŠŽ čšž", "Dober dan! Zele: sc CSZ csz"),
        ("Đorđe, ćevapčići", "Dorde, cevapcici"),
        ("Zażółć gęślą jaźń", "Zazolc gesla jazn"),
        ("Árvíztűrő tükörfúrógép", "Arviztürö tükörfurogép"),
        ("„Ja“ – ‚nein‘ — …", "\"Ja\" - 'nein' - ..."),
        ("10\u00a0EUR\u202f!", "10 EUR !"),
        ("ça va, naïve façade", "ca va, naive facade"),
        ("Grüezi, Ça è già là €", "Grüezi, Ça è già là €"),
        ("a\u200bb\ufeff", "ab"),
        ("c\u030c", "c"),
        ("ﬁn ½", "fin 1/2"),
        ("Здраво 😀", "Здраво 😀"),
        ("", ""),
    ],
)
def test_nearest_characters(text: str, plain: str) -> None:
    assert transliterate(text) == plain


def test_a_slovene_text_stays_in_one_message() -> None:
    text = "Pošljite DA na 3030 in potrdite naročnino ZVEZDE. Cena 1,49 € na SMS, največ 3 na teden. Odjava: STOP"
    assert length(text).parts == 2
    assert length(transliterate(text)).parts == 1


@given(st.text())
def test_twice_is_once_and_the_gsm_alphabet_is_left_alone(text: str) -> None:
    plain = transliterate(text)
    assert transliterate(plain) == plain
    if try_gsm7(text) is not None:
        assert plain == text
