"""Read `study.toml`, and say everything that is wrong with its text at once."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mediation.errors import ManifestError
from mediation.study.manifest import Manifest
from mediation.study.manifest_structure import Complaint, structure_complaints, suggestion

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


def parse_manifest(text: str) -> Manifest:
    """Turn the text of `study.toml` into a manifest.

    Parameters
    ----------
    text : str

    Returns
    -------
    Manifest

    Raises
    ------
    ManifestError
        With every problem of the text, each with its place in the file.

    Examples
    --------
    >>> try:
    ...     parse_manifest("study = 5")
    ... except ManifestError as error:
    ...     print(str(error).splitlines()[0])
    The manifest has 3 problems:
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(
            f"The manifest must be a TOML file. It cannot be read: {error}. "
            "Correct that line; texts need quotes, lists need brackets and commas."
        ) from None
    complaints: list[Complaint] = []
    manifest = None
    try:
        # JSON mode is strict on types and yet takes lists for tuples and texts for enums.
        manifest = Manifest.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        details = error.errors(include_url=False)
        complaints += [_complaint(detail) for detail in details if not _is_echo(detail)]
    complaints += structure_complaints(raw)
    if manifest is None or complaints:
        raise ManifestError(_listing(complaints))
    return manifest


def read_manifest(path: Path) -> tuple[Manifest, bytes]:
    """Read `study.toml` and return the manifest and the bytes of the file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    manifest : Manifest
    content : bytes

    Raises
    ------
    ManifestError
        If there is no such file, it is not UTF-8, or its text has problems.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ManifestError(
            f"Expected a manifest at {path.name}. It cannot be read: {error.strerror}. "
            "Give the path of a file like study.toml."
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError(
            f"{path.name} must be a text in UTF-8. It is not. Save it with that encoding."
        ) from None
    return parse_manifest(text), content


def _listing(complaints: list[Complaint]) -> str:
    unique = list(dict.fromkeys(complaints))
    count = "a problem" if len(unique) == 1 else f"{len(unique)} problems"
    lines = [f"  {i}. {complaint}" for i, complaint in enumerate(unique, start=1)]
    return "\n".join([f"The manifest has {count}:", *lines])


def _place(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _complaint(detail: ErrorDetails) -> Complaint:
    """Write one of pydantic's findings for people."""
    loc, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    place = _place(loc)
    if kind == "missing":
        return Complaint(place, "an entry", "none", f"Add `{loc[-1]}`.")
    if kind == "extra_forbidden":
        known = _known_keys(loc)
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


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """List the keys allowed where `loc` points."""
    model: type[BaseModel] = Manifest
    parts = [part for part in loc[:-1] if isinstance(part, str)]
    while parts:
        part = parts.pop(0)
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        annotation = fields[part].annotation
        if get_origin(annotation) is Mapping:
            parts = parts[1:]
        model = _model_in(annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]
