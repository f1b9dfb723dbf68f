"""How carriers differ, as data; PDUs to messages and back; statuses to verdicts. Pure."""

from smsc.carrier.errors import BilledParts, CarrierError, NoTariff
from smsc.carrier.finding import find_carrier
from smsc.carrier.fingerprint import fingerprint
from smsc.carrier.joining import INCOMPLETE, join_mo
from smsc.carrier.learning import ReceiptForms
from smsc.carrier.parties import read_party
from smsc.carrier.profile import CarrierProfile, Tariff
from smsc.carrier.queries import read_query, write_query
from smsc.carrier.reading import BINARY, DAMAGED, read
from smsc.carrier.receipt_keys import Form, answer_candidates, receipt_candidates, receipt_key
from smsc.carrier.reports import ACKNOWLEDGED, UNKNOWN, refusal_status, report_status
from smsc.carrier.tariffs import has_tariff, may_bill, sent_as
from smsc.carrier.verdicts import verdict
from smsc.carrier.writing import parts, write

__all__ = [
    "ACKNOWLEDGED",
    "BINARY",
    "DAMAGED",
    "INCOMPLETE",
    "UNKNOWN",
    "BilledParts",
    "CarrierError",
    "CarrierProfile",
    "Form",
    "NoTariff",
    "ReceiptForms",
    "Tariff",
    "answer_candidates",
    "find_carrier",
    "fingerprint",
    "has_tariff",
    "join_mo",
    "may_bill",
    "parts",
    "read",
    "read_party",
    "read_query",
    "receipt_candidates",
    "receipt_key",
    "refusal_status",
    "report_status",
    "sent_as",
    "verdict",
    "write",
    "write_query",
]
