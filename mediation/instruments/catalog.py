"""The scoring keys of the package as text for its documentation."""

from __future__ import annotations

from mediation.instruments.instrument import Instrument, InstrumentKind
from mediation.instruments.reading import builtin_instruments
from mediation.instruments.scale import range_of

_HEADERS = (
    *("key", "instrument", "items", "responses", "score", "reversed", "subscales"),
    *("threshold", "rated by", "verified"),
)


def write_catalog() -> str:
    """Write the table of the built-in instruments, and their sources and notes.

    Returns
    -------
    str
        Markdown, without a line break at its end.

    Examples
    --------
    >>> print(write_catalog().splitlines()[0][:32])
    | key | instrument | items | res
    """
    known = builtin_instruments().values()
    lines = [_HEADERS, tuple("---" for _ in _HEADERS), *(_row(each) for each in known)]
    table = [f"| {' | '.join(cells)} |" for cells in lines]
    notes = [f"- `{each.key}`: {each.source}. {each.note}" for each in known]
    return "\n".join([*table, "", "Sources and notes:", "", *notes])


def _row(instrument: Instrument) -> tuple[str, ...]:
    threshold = instrument.threshold
    return (
        f"`{instrument.key}`",
        instrument.name,
        str(len(instrument.items)) if instrument.items else "goals",
        _span(instrument.responses) if instrument.responses else "attained or not",
        _score(instrument),
        _reversed(instrument),
        "; ".join(f"{name} {', '.join(ids)}" for name, ids in instrument.subscales.items()) or "-",
        f"{threshold.label}: {threshold.value:g} or more" if threshold else "-",
        instrument.rater.value.replace("_", " "),
        "yes" if instrument.verified else "**no**",
    )


def _reversed(instrument: Instrument) -> str:
    if instrument.kind is InstrumentKind.GOALS:
        return "-"
    if instrument.reversed is None:
        return "not stated"
    return ", ".join(instrument.reversed) or "none"


def _score(instrument: Instrument) -> str:
    if instrument.metric is None:
        return "proportion, 0 to 1"
    return f"{instrument.metric.value}, {_span(range_of(instrument))}"


def _span(limits: tuple[float, float]) -> str:
    return f"{limits[0]:g} to {limits[1]:g}"
