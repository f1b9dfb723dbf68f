"""What is inside short_message: alphabets, data_coding, headers, split and join; the two parties. Pure."""

from smsc.sms.alphabets import Alphabet, decode, encode
from smsc.sms.coding import Coding, Length, alphabet_of, choose, length
from smsc.sms.errors import BadMsisdn, BadOctets, SmsError, TextTooLong, UnsupportedText
from smsc.sms.numbers import Msisdn, ShortCode, parse_msisdn
from smsc.sms.octets import Octets, octets_of, parse_hex
from smsc.sms.segments import Segment, join, join_leniently, split
from smsc.sms.udh import Concatenation, Udh, build_udh, concatenation_udh, parse_udh

__all__ = [
    "Alphabet",
    "BadMsisdn",
    "BadOctets",
    "Coding",
    "Concatenation",
    "Length",
    "Msisdn",
    "Octets",
    "Segment",
    "ShortCode",
    "SmsError",
    "TextTooLong",
    "Udh",
    "UnsupportedText",
    "alphabet_of",
    "build_udh",
    "choose",
    "concatenation_udh",
    "decode",
    "encode",
    "join",
    "join_leniently",
    "length",
    "octets_of",
    "parse_hex",
    "parse_msisdn",
    "parse_udh",
    "split",
]
