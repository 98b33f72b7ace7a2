"""From the text of a TOML file to a checked part, with every problem of it as a complaint."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mediation.errors import ManifestError
from mediation.toml.complaints import Complaint, suggestion
from mediation.toml.parts import FILL_IN, Part

AnyPart = TypeVar("AnyPart", bound=Part)
Place = tuple[int | str, ...]

# A file written by people is a few pages, and its tables lie in each other a few times; more is
# another file given by mistake, and would only exhaust the machine.
MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
_LONGEST_KEY = 60

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
        If it is no TOML, too long, or nested too deeply.

    Examples
    --------
    >>> try:
    ...     parse_toml("name = 5x", "The manifest")
    ... except ManifestError as error:
    ...     print(str(error).split(":")[0])
    The manifest must be a TOML file. It cannot be read
    """
    if len(text) > MAX_CHARACTERS:
        raise ManifestError(
            f"{what} must be a TOML file of at most {MAX_CHARACTERS:,} characters. This one has "
            f"{len(text):,}. Another file was given by mistake: data belong in tables."
        )
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(
            f"{what} must be a TOML file. It cannot be read: {error}. "
            "Correct that line; texts need quotes, lists need brackets and commas."
        ) from None
    except RecursionError:
        raise _too_deep(what) from None
    except ValueError:
        # Python refuses to read whole numbers of thousands of digits.
        raise ManifestError(
            f"{what} must be a TOML file with numbers of ordinary size. A number in it has "
            "thousands of digits. Correct it, or put it in quotes if it is a text."
        ) from None
    if any(len(place) > MAX_DEPTH for place, _ in _entries(raw)):
        raise _too_deep(what)
    return raw


def _too_deep(what: str) -> ManifestError:
    return ManifestError(
        f"{what} must be a TOML file whose tables and lists lie in each other at most {MAX_DEPTH} "
        "times. This one goes deeper. Look for brackets that are not closed, or dots in a key."
    )


def _entries(raw: dict[str, Any]) -> Iterator[tuple[Place, Any]]:
    """Give everything in what was read with its place, without recursion."""
    left: list[tuple[Place, Any]] = [((), raw)]
    while left:
        place, value = left.pop()
        yield place, value
        # What lies too deep has been told of by its first place.
        if len(place) > MAX_DEPTH:
            continue
        if isinstance(value, dict | list):
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            left += reversed([((*place, key), each) for key, each in inner])


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
    plain = list(_left_open(raw)) + list(_moments(raw))
    try:
        # JSON mode is strict on types and yet takes lists for tuples and texts for enums.
        part = model.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [_complaint(detail, model) for detail in details if not _is_echo(detail)]
        told = {complaint.place for complaint in plain}
        return None, plain + [each for each in found if each.place not in told]
    return (None, plain) if plain else (part, [])


def _left_open(raw: dict[str, Any]) -> Iterator[Complaint]:
    """Yield a complaint for every place that is still to be filled in."""
    for place, value in _entries(raw):
        if value == FILL_IN:
            advice = "Write it in place of the mark; the comment beside it shows how."
            yield Complaint(_place(place), "an entry of your own", f"the mark {FILL_IN}", advice)


def _moments(raw: dict[str, Any]) -> Iterator[Complaint]:
    """Yield a complaint for every date or time of day, which belongs nowhere without quotes."""
    for place, value in _entries(raw):
        if isinstance(value, (date, time)):
            kind = "a time" if isinstance(value, time) else "a date"
            expected = "text in quotes, a number, or true or false"
            yield Complaint(
                _place(place), expected, f"{kind} without quotes",
                f'Write it in quotes if it is a text: "{value}".',
            )  # fmt: skip


def _place(loc: Place) -> str:
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        shown = part if len(part) <= _LONGEST_KEY else f"{part[: _LONGEST_KEY - 3]}..."
        text += f".{shown}" if text else shown
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
