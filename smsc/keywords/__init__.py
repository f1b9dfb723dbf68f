"""keywords.yaml to a table; a text to what its sender meant (rules RT1 to RT7)."""

from smsc.keywords.clashes import why_not_free
from smsc.keywords.load import load_table
from smsc.keywords.models import keywords_schema
from smsc.keywords.problems import BadFile, BadKeywords, Problem, Severity
from smsc.keywords.route import route
from smsc.keywords.routes import (
    Ambiguous,
    BareStart,
    Confirm,
    Decline,
    FreeText,
    Help,
    Keyword,
    Responder,
    Review,
    Route,
    Stop,
    Unknown,
)
from smsc.keywords.table import ProfileWords, Table

__all__ = [
    "Ambiguous",
    "BadFile",
    "BadKeywords",
    "BareStart",
    "Confirm",
    "Decline",
    "FreeText",
    "Help",
    "Keyword",
    "Problem",
    "ProfileWords",
    "Responder",
    "Review",
    "Route",
    "Severity",
    "Stop",
    "Table",
    "Unknown",
    "keywords_schema",
    "load_table",
    "route",
    "why_not_free",
]
