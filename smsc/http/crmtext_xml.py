"""The answers of the CRM Text API: one <response>, its numbers, names and times as its clients know them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from smsc.messages import Kind, State
from smsc.optin.stores import customer_id
from smsc.pipeline.formats import pacific
from smsc.sms.numbers import Msisdn
from smsc.store.customers import Customer
from smsc.store.rows import MtRow, StoredMo

STATUS: Mapping[State, int] = {
    State.NONE: 1,
    State.DECLINED: 1,
    State.EXPIRED: 1,
    State.ACTIVE: 3,
    State.PENDING: 4,
    State.OPTED_OUT: 5,
}
"""Customer status: 1 new guest, 3 opted in, 4 pending, 5 opted out."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Refusal(Exception):
    """A call that comes to nothing: HTTP 200, and the status in the XML says so."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def plain(text: str) -> str:
    """`text` without what XML 1.0 has no way to write."""
    return _NOT_XML.sub("\ufffd", text)


def response(op: str, *, status: int = 200, message: str = "Success") -> Element:
    """An empty <response>."""
    return Element("response", {"op": plain(op), "status": str(status), "message": plain(message)})


def add(parent: Element, name: str, text: str = "") -> Element:
    """A child with text."""
    child = SubElement(parent, name)
    child.text = plain(text)
    return child


def written(answer: Element) -> bytes:
    """The answer as octets."""
    octets: bytes = tostring(answer, encoding="utf-8", xml_declaration=True)
    return octets


def local(msisdn: str) -> str:
    """A US number as this API writes it: ten digits."""
    return msisdn[1:] if len(msisdn) == 11 and msisdn.startswith("1") else msisdn


def add_customer(parent: Element, store: str, keyword: str, customer: Customer) -> None:
    """The <customer> of a store."""
    one = add(parent, "customer")
    add(one, "custId", customer_id(store, customer.msisdn))
    add(one, "subacct", keyword)
    add(one, "timestamp", pacific(customer.since))
    add(one, "optinStatus", str(STATUS[customer.state]))
    add(one, "custName", customer.name)
    add(one, "custMobile", local(str(customer.msisdn)))


def add_stranger(parent: Element, store: str, keyword: str, msisdn: Msisdn) -> None:
    """The <customer> for a number the store never had to do with: status 1."""
    one = add(parent, "customer")
    add(one, "custId", customer_id(store, msisdn))
    add(one, "subacct", keyword)
    add(one, "optinStatus", str(STATUS[State.NONE]))
    add(one, "custName")
    add(one, "custMobile", local(str(msisdn)))


def add_mt(parent: Element, row: MtRow) -> Element:
    """The <message> of a text that was sent."""
    one = add(parent, "message")
    add(one, "msgID", str(row.mt.id))
    add(one, "message", row.mt.text)
    add(one, "timestamp", pacific(row.created_at))
    add(one, "txnid", str(row.call or row.mt.id))
    add(one, "msg_direction", "MT")
    add(one, "msg_type", "SMS" if row.mt.kind is Kind.CONTENT else row.mt.kind.value)
    add(one, "state", row.state.value)
    add(one, "custMobile", local(str(row.mt.msisdn)))
    return one


def add_mo(parent: Element, row: StoredMo) -> Element:
    """The <message> of a text that came."""
    one = add(parent, "message")
    add(one, "msgID", str(row.mo.id))
    add(one, "message", row.mo.text)
    add(one, "timestamp", pacific(row.mo.received_at))
    add(one, "msg_direction", "MO")
    add(one, "custMobile", local(str(row.mo.source)))
    return one
