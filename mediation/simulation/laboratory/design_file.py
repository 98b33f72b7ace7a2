"""Read a coverage design from TOML, and say everything that is wrong with it at once."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mediation.errors import MediationError, SimulationError
from mediation.estimation.mixed import MixedModels
from mediation.estimation.named import engine_of
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.named import interval_of
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory.design import (
    AnyInterval,
    Design,
    Drawless,
    Method,
)
from mediation.simulation.laboratory.design_entries import (
    ENGINES,
    IMPOSSIBLE,
    TAGS,
    DesignEntry,
    JointEngineEntry,
    MethodEntry,
)
from mediation.simulation.laboratory.rehearse import Rehearsal
from mediation.simulation.published import published_cells
from mediation.toml.complaints import Complaint, suggestion

# Values that are lists themselves: a grid crosses lists of them.
_LISTS = ("team_sizes", "teams_per_organization")
_EXPECTED = {
    "string_type": "text in quotes",
    "string_too_short": "some text",
    "bool_type": "true or false (without quotes)",
    "int_type": "a whole number (without quotes)",
    "int_from_float": "a whole number",
    "float_type": "a number (without quotes)",
    "finite_number": "a finite number",
    "tuple_type": "a list in square brackets",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def read_design(path: Path | str) -> Design:
    """Read a coverage design.

    Parameters
    ----------
    path : Path or str
        Of a file such as `docs/coverage/published.toml`.

    Returns
    -------
    Design

    Raises
    ------
    SimulationError
        If there is no such file, it is not TOML, or its text has problems: all of them, each with
        its place.
    """
    path = Path(path)
    try:
        return parse_design(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SimulationError(
            f"Expected a coverage design at {path.name}. It cannot be read: {error.strerror}. "
            "Give the path of a file like docs/coverage/published.toml."
        ) from None
    except UnicodeDecodeError:
        raise SimulationError(
            f"{path.name} must be a text in UTF-8. It is not. Save it with that encoding."
        ) from None


def parse_design(text: str) -> Design:
    """Turn the text of a design file into a design; see `read_design`.

    Examples
    --------
    >>> try:
    ...     parse_design("sead = 1")
    ... except SimulationError as error:
    ...     print(str(error).splitlines()[1])
      1. `seed`: expected an entry; found none. Add `seed`.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SimulationError(
            f"The design must be a TOML file. It cannot be read: {error}. "
            "Correct that line; texts need quotes, lists need brackets and commas."
        ) from None
    origin = _expand_grids(raw)
    try:
        entry = DesignEntry.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = [_complaint(each, origin) for each in details if not _is_echo(each)]
        raise SimulationError(_listing(found)) from None
    complaints: list[str] = []
    methods = tuple(_methods(entry, complaints))
    cells = tuple(_cells(entry, methods, origin, complaints))
    if complaints:
        raise SimulationError(_listing(complaints))
    return Design(
        seed=entry.seed,
        cells=cells,
        methods=methods,
        effects=entry.effects,
        n_studies=entry.n_studies,
        n_studies_sem=entry.n_studies_sem,
        n_studies_resampled=entry.n_studies_resampled,
    )


def _expand_grids(raw: dict[str, Any]) -> list[int]:
    """Cross the lists of every grid, in place; give the grid that each combination is of."""
    grids = raw.get("grids")
    if not isinstance(grids, list) or not all(isinstance(grid, dict) for grid in grids):
        return []
    origin, expanded = [], []
    for number, grid in enumerate(grids):
        choices = [_choices(key, value) for key, value in grid.items()]
        for combination in product(*choices):
            expanded.append(dict(zip(grid, combination, strict=True)))
            origin.append(number)
    raw["grids"] = expanded
    return origin


def _choices(key: str, value: Any) -> list[Any]:
    """Values to cross; one that is no list is itself."""
    is_list_of = isinstance(value, list) and bool(value)
    if key in _LISTS:
        return value if is_list_of and all(isinstance(each, list) for each in value) else [value]
    return value if is_list_of else [value]


def _methods(entry: DesignEntry, complaints: list[str]) -> Iterator[Method]:
    for number, method in enumerate(entry.methods):
        try:
            yield Method(
                name=method.name,
                engine=_engine(method),
                interval=_interval(method, entry.n_resamples),
                ignores_clusters=method.ignores_clusters,
            )
        except MediationError as error:
            complaints.append(f"`methods[{number}]`: {error}")


def _engine(method: MethodEntry) -> OLS | MixedModels | TwoLevelSEM:
    if isinstance(method.engine, JointEngineEntry):
        return TwoLevelSEM()
    engine = engine_of(method.engine)
    assert isinstance(engine, OLS | MixedModels | TwoLevelSEM)
    return engine


def _interval(method: MethodEntry, n_resamples: int) -> AnyInterval:
    entry = method.interval
    if entry.name == "bootstrap" and "n_resamples" not in entry.model_fields_set:
        entry = entry.model_copy(update={"n_resamples": n_resamples})
    interval = interval_of(entry)
    assert isinstance(interval, Drawless | Bootstrap | WildClusterBootstrap)
    return interval


def _cells(
    entry: DesignEntry, methods: tuple[Method, ...], origin: list[int], complaints: list[str]
) -> Iterator[Cell]:
    """Make the cells; complain of those that the methods cannot analyze."""
    if entry.published:
        yield from published_cells()
    rehearsal = Rehearsal(methods)
    places = [
        *(f"cells[{number}]" for number in range(len(entry.cells))),
        *(f"grids[{number}]" for number in origin),
    ]
    for place, each in zip(places, (*entry.cells, *entry.grids), strict=True):
        cell = each.cell()
        problem = rehearsal.problem(cell)
        if problem:
            complaints.append(f"`{place}`: {problem}")
        yield cell
    if not (entry.published or entry.cells or entry.grids):
        complaints.append(
            "`cells`: expected at least one cell; found none. Add `[[cells]]`, `[[grids]]`, or "
            "`published = true`."
        )


def _listing(complaints: list[str]) -> str:
    unique = list(dict.fromkeys(complaints))
    count = "a problem" if len(unique) == 1 else f"{len(unique)} problems"
    lines = [f"  {i}. {complaint}" for i, complaint in enumerate(unique, start=1)]
    return "\n".join([f"The coverage design has {count}:", *lines])


def _is_echo(detail: ErrorDetails) -> bool:
    """Say whether a list only counts as too short because its values are wrong themselves."""
    least = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and len(detail["input"]) >= least


def _complaint(detail: ErrorDetails, origin: list[int]) -> str:
    """Write one of pydantic's findings for people."""
    loc = [part for part in detail["loc"] if part not in TAGS]
    kind, context = detail["type"], detail.get("ctx", {})
    known = _known_keys(loc)
    if loc[0] == "grids" and len(loc) > 1 and isinstance(loc[1], int) and origin:
        loc[1] = origin[loc[1]]
    place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc).lstrip(".")
    if kind == IMPOSSIBLE:
        return f"`{place}`: {context['text']}"
    found, advice = _shown(detail["input"]), "Correct it."
    if kind == "missing":
        expected, found, advice = "an entry", "none", f"Add `{loc[-1]}`."
    elif kind == "extra_forbidden":
        hint = suggestion(str(loc[-1]), known) or f"Known are `{'`, `'.join(known)}`. "
        expected, found, advice = "a known key", "an unknown one", f"{hint}Correct or remove it."
    elif kind == "broken_rule":
        place = f"{place}.{context['key']}" if context["key"] else place
        expected, found, advice = (context[each] for each in ("expected", "found", "advice"))
    elif loc[-2:] == ["engine", "name"]:
        expected = f"one of {', '.join(ENGINES)}"
    else:
        expected = _expected(kind, context, detail["msg"])
    return str(Complaint(place, expected, found, advice))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _expected(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in ("enum", "literal_error"):
        return f"one of {context['expected']}"
    for key, word in (("gt", "above"), ("ge", "of at least"), ("lt", "below"), ("le", "at most")):
        if key in context:
            return f"a number {word} {context[key]:g}"
    return _EXPECTED.get(kind, message[:1].lower() + message[1:])


def _known_keys(loc: list[Any]) -> list[str]:
    """List the keys allowed where a place points."""
    model: type[BaseModel] = DesignEntry
    for part in loc[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the first model inside an annotation such as `tuple[Entry, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)
