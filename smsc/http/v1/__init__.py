"""The native REST API: messages, subscriptions, consents, reports, charges, campaigns, callbacks, keys."""

from smsc.http.v1.api import Native

__all__ = ["Native"]
