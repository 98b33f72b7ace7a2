"""From the text of a TOML file to a checked part, with every problem of it as a complaint."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mediation.errors import ManifestError
from mediation.toml.complaints import Complaint, suggestion
from mediation.toml.parts import Part

AnyPart = TypeVar("AnyPart", bound=Part)

_KINDS = {
    "string_type": "text in quotes",
    "string_too_short": "some text",
    "bool_type": "true or false (without quotes)",
    "int_type": "a whole number (without quotes)",
    "int_from_float": "a whole number",
    "float_type": "a number (without quotes)",
    "finite_number": "a finite number",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def parse_toml(text: str, what: str) -> dict[str, Any]:
    """Read TOML.

    Parameters
    ----------
    text : str
    what : str
        What the file is, for the message: "The manifest".

    Returns
    -------
    dict

    Raises
    ------
    ManifestError
        If it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ManifestError(
            f"{what} must be a TOML file. It cannot be read: {error}. "
            "Correct that line; texts need quotes, lists need brackets and commas."
        ) from None


def check_part(raw: dict[str, Any], model: type[AnyPart]) -> tuple[AnyPart | None, list[Complaint]]:
    """Check what was read against the part it is to be.

    Parameters
    ----------
    raw : dict
    model : type of Part

    Returns
    -------
    part : Part or None
        None if anything is wrong.
    complaints : list of Complaint
    """
    try:
        # JSON mode is strict on types and yet takes lists for tuples and texts for enums.
        return model.model_validate_json(json.dumps(raw, default=str)), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_complaint(detail, model) for detail in details if not _is_echo(detail)]


def _place(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _complaint(detail: ErrorDetails, root: type[BaseModel]) -> Complaint:
    """Write one of pydantic's findings for people."""
    loc, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    place = _place(loc)
    if kind == "missing":
        return Complaint(place, "an entry", "none", f"Add `{loc[-1]}`.")
    if kind == "extra_forbidden":
        known = _known_keys(loc, root)
        hint = suggestion(str(loc[-1]), known) or f"Known are `{'`, `'.join(known)}`. "
        return Complaint(place, "a known key", "an unknown one", f"{hint}Correct or remove it.")
    if kind == "broken_rule":
        place = f"{place}.{context['key']}" if context["key"] else place
        return Complaint(place, context["expected"], context["found"], context["advice"])
    return Complaint(place, _expected(kind, context, detail["msg"]), _shown(detail["input"]),
                     "Correct it.")  # fmt: skip


def _is_echo(detail: ErrorDetails) -> bool:
    """Say whether a list only counts as too short because its values are wrong themselves."""
    least = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and len(detail["input"]) >= least


def _expected(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _KINDS:
        return _KINDS[kind]
    if kind in ("enum", "literal_error"):
        return f"one of {context['expected']}"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        word = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
        key = next(key for key in word if key in context)
        return f"a number {word[key]} {context[key]:g}"
    if kind == "too_short":
        return f"{context['min_length']} or more values"
    if kind == "too_long":
        return f"{context['max_length']} values"
    if kind == "string_pattern_mismatch":
        return "`package::item`, for example `mlmRev::Hsb82`"
    return message[:1].lower() + message[1:]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside an annotation such as `tuple[Entry, ...]` or `Entry | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)


def _known_keys(loc: tuple[int | str, ...], root: type[BaseModel]) -> list[str]:
    """List the keys allowed where `loc` points."""
    model = root
    parts = [part for part in loc[:-1] if isinstance(part, str)]
    while parts:
        part = parts.pop(0)
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        annotation = fields[part].annotation
        if get_origin(annotation) is Mapping:
            parts = parts[1:]
        model = _model_in(annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]
