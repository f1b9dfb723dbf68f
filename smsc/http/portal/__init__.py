"""The self-service portal of subscribers (SP1): pages, log-in, what can be done there."""

from smsc.http.portal.pages import Portal

__all__ = ["Portal"]
