"""A located tree against a pydantic model: the model, or every fault with its line and mend.

No message repeats a value: it may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from smsc.keywords.lines import Keys, line_at, plain
from smsc.keywords.problems import Problem, did_you_mean


class Shape(BaseModel):
    """What every model of a file is: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


M = TypeVar("M", bound=Shape)

_MENDS = {
    "string_type": "write one value here, not a list or a mapping",
    "int_parsing": "write a whole number",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
    "list_type": "write a list: [a, b]",
    "dict_type": 'write a mapping: "key: value" lines, indented',
    "model_type": 'write a mapping: "key: value" lines, indented',
    "greater_than": "write a number in that range",
    "greater_than_equal": "write a number in that range",
    "less_than": "write a number in that range",
    "less_than_equal": "write a number in that range",
    "too_short": "give at least one",
    "ip_any_network": "write a range like 192.0.2.0/24 whose host bits are zero",
}


def fault(message: str, mend: str, *, rule: str = "") -> PydanticCustomError:
    """What a validator raises: our own words, rule and mend instead of pydantic's."""
    return PydanticCustomError("fault", "{message}", {"message": message, "mend": mend, "rule": rule})


def validate(model: type[M], tree: Keys, *, file: str, rule: str) -> tuple[M | None, list[Problem]]:
    """The tree as a `model`, or None and what is wrong. `rule` names what has no rule of its own."""
    try:
        return model.model_validate(plain(tree)), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    return None, sorted({_problem(model, tree, one, file=file, rule=rule) for one in details})


def _problem(model: type[Shape], tree: Keys, error: ErrorDetails, *, file: str, rule: str) -> Problem:
    path = tuple(step for step in error["loc"] if step != "[key]")
    line = line_at(tree, path)
    name = ".".join(map(str, path)) or "the file"
    parent = ".".join(map(str, path[:-1])) or "the file"
    context: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "fault":
            return Problem(
                file, line, context["rule"] or rule, f"{name}: {context['message']}", context["mend"]
            )
        case "extra_forbidden":
            known = sorted(keys_at(model, path[:-1]))
            mend = did_you_mean(str(path[-1]), known, instead=f"known here: {', '.join(known)}")
            return Problem(file, line, rule, f'unknown key "{path[-1]}" in {parent}', mend)
        case "missing":
            return Problem(file, line, rule, f'"{path[-1]}" is missing in {parent}', f'add "{path[-1]}: ..."')
        case "string_type" | "dict_type" | "list_type" | "model_type" if _empty(tree, path):
            return Problem(file, line, rule, f"{name} has no value", "give it one or remove the key")
        case "literal_error" | "enum":
            message = f"{name}: not one of the values known here"
            return Problem(file, line, rule, message, f"write {context['expected']}")
        case kind:
            message = error["msg"][:1].lower() + error["msg"][1:]
            return Problem(file, line, rule, f"{name}: {message}", _MENDS.get(kind, "write what is expected"))


def _empty(tree: Keys, path: tuple[object, ...]) -> bool:
    value = plain(tree)
    for step in path:
        value = value[step] if isinstance(value, dict | list) else None  # type: ignore[call-overload]
    return value is None


def keys_at(model: type[Shape], path: tuple[object, ...]) -> frozenset[str]:
    """The keys that `model` allows where `path` leads."""
    here: set[type[Shape]] = {model}
    for step in path:
        found: set[type[Shape]] = set()
        for one in here:
            field = next((f for n, f in one.model_fields.items() if (f.alias or n) == step), None)
            found |= set(_models(field.annotation)) if field else ({one} if isinstance(step, int) else set())
        here = found or here
    return frozenset(field.alias or name for one in here for name, field in one.model_fields.items())


def _models(annotation: Any) -> Iterator[type[Shape]]:
    """The models that an annotation holds, at any depth: list[M], dict[str, M], M | None."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
