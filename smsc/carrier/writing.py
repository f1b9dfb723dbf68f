"""Mt -> Pdus: alphabet, parts, addresses and tariff as the carrier wants them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from smsc.carrier.errors import BilledParts
from smsc.carrier.profile import CarrierProfile
from smsc.carrier.tariffs import tariff_for
from smsc.messages import Mt
from smsc.smpp.codes import Command, EsmClass, Tag
from smsc.smpp.pdu import Pdu
from smsc.sms.alphabets import Alphabet, encode
from smsc.sms.coding import SEPTETS_MAX, UCS2_UNITS_MAX, Coding, choose, length
from smsc.sms.national import PLAIN
from smsc.sms.octets import Octets
from smsc.sms.packing import fill_bits, pack
from smsc.sms.segments import Segment, split

_COMMANDS = {
    "submit_sm": Command.SUBMIT_SM,
    "deliver_sm": Command.DELIVER_SM,
    "data_sm": Command.DATA_SM,
}
_UDHI = int(EsmClass.UDHI)
_FINAL_RECEIPT = 1
"""registered_delivery: a receipt on success and on failure (SMPP v3.4 §5.2.17)."""
_EIGHT_BIT = 4
"""data_coding of octets, unless the carrier wants another (SMPP v3.4 §5.2.19)."""
_DAY_S = 86400


def write(profile: CarrierProfile, mt: Mt) -> list[Pdu]:
    """The requests that carry `mt`, in order; each asks for a receipt and echoes `mt.reference`.

    Raises:  NoTariff, BilledParts: it must not be sent (the API refuses both).  UnsupportedText: half of a
             surrogate pair.  TextTooLong: more than 255 parts.
    """
    if mt.octets is not None:
        return [_binary(profile, mt, mt.octets)]
    command, fields, tlvs = _head(profile, mt)
    coding = choose(mt.text, profile.mt_alphabet, national=profile.national)
    bodies = _bodies(profile, mt, coding)
    coding = Coding(bodies[0].alphabet, coding.data_coding if bodies[0].alphabet is coding.alphabet else 8)
    if mt.billed and not profile.bills_parts_once and not _is_single(mt.text, coding, bodies):
        raise BilledParts(f"the text needs several parts, and {profile.name} bills each")
    fields["data_coding"] = _data_coding(profile, coding)
    return [_pdu(profile, command, fields, tlvs, segment) for segment in bodies]


def _head(profile: CarrierProfile, mt: Mt) -> tuple[Command, dict[str, Any], dict[int, bytes]]:
    """What every request of `mt` says: command, fields and TLVs but for the body and its data_coding.

    Raises:  NoTariff.
    """
    tariff = tariff_for(profile, mt.value)
    command = _COMMANDS[profile.mt_pdu]
    fields: dict[str, Any] = {
        "service_type": tariff.service_type or profile.service_type,
        "source_addr_ton": profile.short_code_ton,
        "source_addr_npi": profile.short_code_npi,
        "source_addr": tariff.source_addr or str(mt.short_code),
        "dest_addr_ton": profile.msisdn_ton,
        "dest_addr_npi": profile.msisdn_npi,
        "destination_addr": str(mt.msisdn),
        "esm_class": profile.esm_class,
        "registered_delivery": _FINAL_RECEIPT,
    }
    tlvs: dict[int, bytes] = {Tag.USER_MESSAGE_REFERENCE: (mt.reference & 0xFFFF).to_bytes(2, "big")}
    tlvs.update(tariff.tlvs)
    if mt.validity_s is not None:
        if command is Command.SUBMIT_SM:
            fields["validity_period"] = validity_period(mt.validity_s)
        elif command is Command.DATA_SM:
            tlvs[Tag.QOS_TIME_TO_LIVE] = min(max(mt.validity_s, 1), 0xFFFFFFFF).to_bytes(4, "big")
    return command, fields, tlvs


def _binary(profile: CarrierProfile, mt: Mt, octets: Octets) -> Pdu:
    """The one request of a binary message: 8-bit data (SMPP v3.4 §5.2.19), its header announced (§5.2.12)."""
    command, fields, tlvs = _head(profile, mt)
    fields["data_coding"] = profile.mt_data_codings.get(Alphabet.OCTETS, _EIGHT_BIT)
    if octets.udh:
        fields["esm_class"] |= _UDHI
    if command is Command.DATA_SM:
        tlvs[Tag.MESSAGE_PAYLOAD] = octets.udh + octets.data
    else:
        fields["short_message"] = octets.udh + octets.data
    return Pdu(command, fields, tlvs=tlvs)


def _data_coding(profile: CarrierProfile, coding: Coding) -> int:
    packed = coding.alphabet is Alphabet.GSM7 and profile.mt_alphabet is Alphabet.GSM7_PACKED
    alphabet = Alphabet.GSM7_PACKED if packed else coding.alphabet
    return profile.mt_data_codings.get(alphabet, coding.data_coding)


def parts(profile: CarrierProfile, mt: Mt) -> int:
    """How many requests `write` makes of it, each taking a place in the window; message_payload takes one.

    Whether a billed text may go at all is `tariffs.may_bill`'s question.
    """
    if profile.long_text == "payload" or mt.octets is not None:
        return 1
    return length(mt.text, national=profile.national, wide=profile.wide).parts


def _bodies(profile: CarrierProfile, mt: Mt, coding: Coding) -> list[Segment]:
    if profile.long_text != "payload":
        return split(mt.text, coding, reference=mt.reference, wide=profile.wide)
    if coding.shift is PLAIN:
        return [Segment(encode(mt.text, coding.alphabet), coding.alphabet)]
    # National tables need a header, and the carrier that cuts the text would have to repeat it: only one part.
    whole = split(mt.text, coding, reference=0)
    return whole if len(whole) == 1 else [Segment(encode(mt.text, Alphabet.UCS2), Alphabet.UCS2)]


def _is_single(text: str, coding: Coding, bodies: list[Segment]) -> bool:
    """Whether a handset gets one short message; what message_payload carries is cut by the carrier."""
    if len(bodies) > 1:
        return False
    octets = len(bodies[0].data)
    if coding.alphabet is Alphabet.GSM7:
        return octets <= SEPTETS_MAX
    if coding.alphabet is Alphabet.UCS2:
        return octets <= UCS2_UNITS_MAX * 2
    return length(text).parts == 1


def _pdu(
    profile: CarrierProfile,
    command: Command,
    fields: dict[str, Any],
    tlvs: dict[int, bytes],
    segment: Segment,
) -> Pdu:
    """One request. A part's place goes into a UDH or into SAR TLVs, never both (SMPP v3.4 §5.3.2.22).

    National tables are announced by a UDH, so their parts have their place there too.
    """
    data, udh = segment.data, segment.udh
    if udh:
        fields, tlvs = fields.copy(), tlvs.copy()
        if profile.long_text == "sar" and segment.shift is PLAIN:
            udh = b""
            tlvs[Tag.SAR_MSG_REF_NUM] = segment.reference.to_bytes(2, "big")
            tlvs[Tag.SAR_TOTAL_SEGMENTS] = segment.total.to_bytes(1, "big")
            tlvs[Tag.SAR_SEGMENT_SEQNUM] = segment.number.to_bytes(1, "big")
        else:
            fields["esm_class"] |= _UDHI
    if segment.alphabet is Alphabet.GSM7 and profile.mt_alphabet is Alphabet.GSM7_PACKED:
        data = pack(data, skip=fill_bits(len(udh)))
    data = udh + data
    # SMPP v3.4 §5.3.2.32: text stands in short_message or in message_payload, never in both.
    if command is Command.DATA_SM or len(data) > _short_message_max(segment.alphabet):
        tlvs[Tag.MESSAGE_PAYLOAD] = data
    else:
        fields["short_message"] = data
    return Pdu(command, fields, tlvs=tlvs)


def _short_message_max(alphabet: Alphabet) -> int:
    return UCS2_UNITS_MAX * 2 if alphabet is Alphabet.UCS2 else SEPTETS_MAX


@lru_cache(maxsize=256)
def validity_period(seconds: int) -> str:
    """A relative time of at least a second: "000001000000000R" is a day (SMPP v3.4 §7.1.1.2).

    A month of the format is counted as 30 days; beyond 99 years nothing is longer.
    """
    days, rest = divmod(max(seconds, 1), _DAY_S)
    years, days = divmod(days, 365)
    if years > 99:
        return "991130235959000R"
    months, days = divmod(days, 30)
    if months == 12:
        months, days = 11, 30
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{years:02}{months:02}{days:02}{hours:02}{minutes:02}{rest:02}000R"
