"""How carriers differ, as data: one `CarrierProfile` for each, made by the app from smsc.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Literal

from smsc.messages import Money, Verdict
from smsc.smpp.codes import CommandStatus
from smsc.sms.alphabets import Alphabet
from smsc.sms.national import Language

GSM = frozenset({Alphabet.GSM7, Alphabet.GSM7_PACKED})
ReceiptId = Literal["learn", "same", "hex-to-decimal", "decimal-to-hex"]


@dataclass(frozen=True, slots=True)
class Tariff:
    """How a carrier is told the price (CH1): by service_type, source address, vendor TLVs, or all of them."""

    service_type: str = ""
    source_addr: str = ""
    """Replaces the short code as source_addr; "" keeps it."""
    tlvs: Mapping[int, bytes] = field(default_factory=dict)
    """Tag to octets, as the carrier wants them (with its NUL, if it wants one)."""


@dataclass(frozen=True, slots=True)
class CarrierProfile:
    """What a carrier, and every bind to it, does in its own way. Waits are seconds."""

    name: str
    country: str = ""
    """ISO 3166 alpha-2; also reads national numbers (TON 2) of MOs."""
    kind: Literal["carrier", "test"] = "carrier"
    """A "test" carrier takes only `numbers`, and no other carrier's answers."""
    numbers: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    """MCC+MNC and the names that merchants use."""
    prefixes: tuple[str, ...] = ()
    """MSISDN prefixes it serves (MT8)."""

    default_alphabet: Alphabet = Alphabet.GSM7
    """What data_coding 0 means there, of MOs and, unless `mt_default_alphabet` says otherwise, of MTs."""
    data_codings: Mapping[int, Alphabet] = field(default_factory=dict)
    """What a data_coding of an MO means there, where that is not the specification's."""
    mt_data_codings: Mapping[Alphabet, int] = field(default_factory=dict)
    """Which data_coding an MT's alphabet gets, where that is not 0 (default alphabet) or 8 (UCS-2)."""

    mt_default_alphabet: Alphabet | None = None
    """What data_coding 0 means of an MT; None: as of an MO."""
    national: Language = ""
    """Whose national tables an MT may use where the GSM alphabet lacks a character: Turkish, Spanish, Portuguese."""

    mt_pdu: Literal["submit_sm", "deliver_sm", "data_sm"] = "submit_sm"
    long_text: Literal["udh", "udh16", "sar", "payload"] = "udh"
    """udh16: with 16-bit references."""
    service_type: str = ""
    """Of messages whose tariff names none."""
    esm_class: int = 0
    """Bits 1-0 of an MT: 0 default mode, 3 store and forward (SMPP v3.4 §5.2.12)."""
    short_code_ton: int = 3
    short_code_npi: int = 0
    msisdn_ton: int = 1
    msisdn_npi: int = 1

    tariffs: Mapping[Money, Tariff] = field(default_factory=dict)
    bills_parts_once: bool = False
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    """command_status to verdict, before the common table."""
    try_again_status: int = CommandStatus.ESME_RX_T_APPN
    """What a deliver_sm or data_sm gets that cannot be stored now (D4)."""

    receipt_id: ReceiptId = "learn"
    """How ids change from submit_sm_resp to receipts; "learn" tries every way and counts which one matches."""
    multipart_receipts: Literal["all", "first"] = "all"
    """An MT of several parts is delivered when all parts are, or as the first final receipt says."""
    query: bool = False
    """Whether query_sm may ask what became of a billed MT before its charge becomes `unknown`."""
    query_wait_s: float = 60.0
    """How long its answer is waited for."""
    receipt_zone: tzinfo = UTC
    """Of the dates in receipt texts, which name none."""
    report_words: Mapping[str, str] = field(default_factory=dict)
    """The carrier's error code to the word merchants get, e.g. {"051": "NO_CREDIT"}."""
    mo_id_tlv: int | None = None
    network_tlv: int | None = None
    """Vendor tags of an MO that name it and its network."""

    response_s: float = 60.0
    """The carrier's response timer for a deliver_sm; an answer after it may not count (D1a)."""
    redelivery_s: float = 3600.0
    """How long after a lost answer an equal MO is taken for its redelivery (D1a)."""
    receipt_wait_s: float = 172800.0
    """After it a charge without a receipt is `unknown` (CH2)."""

    network: str = field(init=False)
    """Named with an MO that brings no network of its own: the first name in `networks`, else `name`."""
    mt_alphabet: Alphabet = field(init=False)
    """What data_coding 0 means of an MT."""
    free_tariff: Tariff = field(init=False)
    """Of messages without a value: the tariff for zero, else none."""

    @property
    def wide(self) -> bool:
        """Whether parts bear 16-bit references."""
        return self.long_text == "udh16"

    def __post_init__(self) -> None:
        named = [network for network in self.networks if not network.isdigit()]
        object.__setattr__(self, "network", named[0] if named else self.name)
        object.__setattr__(self, "mt_alphabet", self.mt_default_alphabet or self.default_alphabet)
        if self.mt_alphabet not in GSM:  # national tables are tables of septets
            object.__setattr__(self, "national", "")
        free = [tariff for money, tariff in self.tariffs.items() if money.minor == 0]
        object.__setattr__(self, "free_tariff", free[0] if free else Tariff(self.service_type))
