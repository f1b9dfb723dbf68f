"""The OpenAPI 3.1 document, made from the operations and their models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeGuard

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from smsc.http.v1.operation import Operation
from smsc.http.v1.shapes import Problem
from smsc.http.v1.webhooks import MODELS, webhooks

REF = "#/components/schemas/"
ALWAYS = {
    401: "No valid bearer key",
    403: "The key is not good for this, or the subscriber does not permit it",
    429: "Too many calls; Retry-After says when",
    503: "Nothing was decided; the same call may come again after Retry-After",
}
OTHERS = {
    400: "Not JSON",
    404: "Not there, or not yours",
    409: "Refused as things stand; `code` says why",
    413: "The body is too large",
    415: "Not application/json",
    422: "A field is wrong; `errors` names it",
}
HEADERS = {
    "Idempotency-Key": {
        "description": "The same key never sends twice: the first answer comes again.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
    },
    "If-None-Match": {"description": "An ETag you have.", "schema": {"type": "string"}},
}
RATE = {
    name: {"description": words, "schema": {"type": "string", "pattern": "^[0-9]+$"}}
    for name, words in {
        "RateLimit-Limit": "Calls that the key may make at once.",
        "RateLimit-Remaining": "Calls left now.",
        "RateLimit-Reset": "Seconds until all are back.",
    }.items()
}
PATH_SCHEMAS: dict[str, dict[str, Any]] = {
    "id": {"type": "string", "pattern": "^[0-9]{1,19}$"},
    "mo": {"type": "string", "pattern": "^[0-9]{1,19}$"},
    "msisdn": {"type": "string", "pattern": "^([1-9][0-9]{6,14}|#[A-Za-z0-9]{1,19})$"},
    "short_code": {"type": "string", "pattern": "^[0-9]{2,15}$"},
    "keyword": {"type": "string", "pattern": "^[A-Za-z0-9]{1,40}$"},
}
ABOUT = """Send messages to opted-in numbers, end opt-ins, read what happened. Every call bears a key
(`Authorization: Bearer ...`) with scopes: `read` for GET, `send` for what changes something, `admin` for keys.
Errors are RFC 9457 problems with a stable `code`. Lists are newest first unless they say otherwise; pass `next` of
a page as `cursor`. Ids are decimal numbers in text."""


def document(operations: Iterable[Operation], *, version: str) -> dict[str, Any]:
    """The document as data."""
    all_ = list(operations)
    shapes: list[type[BaseModel]]
    shapes = [m for o in all_ for m in (o.body, o.query, o.answers, o.also) if _model(m)]
    shapes += [Problem, *MODELS.values()]
    modes: list[tuple[type[BaseModel], Literal["validation"]]]
    modes = [(m, "validation") for m in dict.fromkeys(shapes)]
    _, whole = models_json_schema(modes, ref_template=REF + "{model}")
    schemas = whole["$defs"]
    paths: dict[str, dict[str, Any]] = {}
    for one in all_:
        path = re.sub(r":\w+}", "}", one.path)
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, path, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "smsc native API", "version": version, "description": ABOUT},
        "paths": paths,
        "webhooks": webhooks(ref=REF),
        "components": {
            "schemas": schemas,
            "headers": RATE,
            "securitySchemes": {
                "merchant": {"type": "http", "scheme": "bearer", "description": "smsc key create MERCHANT"},
                "operator": {"type": "http", "scheme": "bearer", "description": "smsc key create @operator"},
            },
        },
    }


def _operation(one: Operation, path: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    words = re.sub(r"[/{}]+", "_", path.removeprefix("/v1")).strip("_")
    shown: dict[str, Any] = {
        "operationId": f"{one.method.lower()}_{words}",
        "summary": one.summary,
        "tags": [one.tag],
        "security": [{"operator" if one.operators else "merchant": []}],
        "parameters": [*_in_path(one, path), *_in_query(one, schemas), *_in_headers(one)],
        "responses": _responses(one),
    }
    if one.body is not None:
        media: dict[str, Any] = {"schema": _schema(one.body)}
        if one.example is not None:
            media["example"] = dict(one.example)
        shown["requestBody"] = {"required": not one.body_optional, "content": {"application/json": media}}
    return shown


def _in_path(one: Operation, path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": n,
            "in": "path",
            "required": True,
            "schema": PATH_SCHEMAS[n],
            "example": one.path_examples[n],
        }
        for n in re.findall(r"{(\w+)}", path)
    ]


def _in_query(one: Operation, schemas: Mapping[str, Any]) -> list[dict[str, Any]]:
    model = schemas.get(one.query.__name__, {})
    required = model.get("required", [])
    found = []
    for name, schema in model.get("properties", {}).items():
        kinds = [s for s in schema.get("anyOf", []) if s.get("type") != "null"]
        plain = kinds[0] if kinds else {k: v for k, v in schema.items() if k not in ("title", "default")}
        parameter = {"name": name, "in": "query", "required": name in required, "schema": dict(plain)}
        if name in required and plain.get("examples"):
            parameter["example"] = plain["examples"][0]
        found.append(parameter)
    return found


def _in_headers(one: Operation) -> list[dict[str, Any]]:
    shown = [{"name": name, "in": "header", **HEADERS[name]} for name in one.headers]
    for parameter in shown:
        if parameter["name"] == "Idempotency-Key":  # a key belongs to one call
            parameter["example"] = "-".join(re.findall(r"\w+", f"{one.method} {one.path}")) + "-2026-03-01"
    return shown


def _responses(one: Operation) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in RATE}
    good: dict[str, Any] = {"description": one.summary, "headers": headers}
    if one.status != 204:
        good["content"] = {"application/json": {"schema": _schema(one.answers)}}
    found: dict[str, Any] = {str(one.status): good}
    if one.also is not None:
        found["200"] = good | {"content": {"application/json": {"schema": _schema(one.also)}}}
    if "If-None-Match" in one.headers:
        found["304"] = {"description": "You have it already"}
    said = dict(ALWAYS) | {status: OTHERS[status] for status in one.refusals}
    if one.body is not None:
        said |= {status: OTHERS[status] for status in (400, 413, 415, 422)}
    if one.work is not None:
        said[422] = OTHERS[422]
    if one.path_examples:
        said[404] = OTHERS[404]
    problem = {"application/problem+json": {"schema": {"$ref": REF + "Problem"}}}
    for status, words in sorted(said.items()):
        found[str(status)] = {"description": words, "content": problem}
    return found


def _model(shape: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _schema(shape: type[BaseModel] | Mapping[str, Any]) -> dict[str, Any]:
    return {"$ref": REF + shape.__name__} if isinstance(shape, type) else dict(shape)
