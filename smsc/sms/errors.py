"""What can be wrong with a text or a number.

SmsError
  UnsupportedText   a character the alphabet lacks
  TextTooLong       more than 255 parts
  BadMsisdn         no subscriber number
  BadOctets         no body of a binary message
"""

from __future__ import annotations


class SmsError(ValueError):
    """A text or number that cannot become a short message."""


class UnsupportedText(SmsError):
    """The alphabet lacks `character`, found at `position` of the text."""

    def __init__(self, alphabet: str, character: str, position: int) -> None:
        super().__init__(f"{alphabet} has no U+{ord(character):04X} (character {position + 1} of the text)")
        self.alphabet = alphabet
        self.character = character
        self.position = position


class TextTooLong(SmsError):
    """The text needs more parts than one concatenated message can have (255)."""


class BadMsisdn(SmsError):
    """Neither international digits nor a carrier's alias. The message does not repeat the number."""


class BadOctets(SmsError):
    """Not hexadecimal, no data, or a user data header that is not whole."""
