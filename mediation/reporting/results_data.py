"""What a report says of the data, as plain values: instruments, dates, missing values."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from mediation.instruments.coefficients import Coefficient
from mediation.instruments.measure import Measurement
from mediation.linkage.measures import ScaleMeasures
from mediation.linkage.table import SpellSummary, TimeSummary
from mediation.missing.attrition import Attrition
from mediation.missing.patterns import MissingPatterns
from mediation.reporting.measures_tables import least_n, shown_end, shown_n
from mediation.reporting.suppression import mean_decimals
from mediation.reporting.time_words import managers_near_teams
from mediation.study.waves import WindowSummary

Json = dict[str, Any]


def measures_list(scales: tuple[ScaleMeasures, ...], minimum: int) -> list[Json]:
    """Give every number of the measures section at full precision."""
    return [
        {
            "score": scale.name,
            "instrument": scale.instrument.key,
            "verified": scale.instrument.verified,
            "subscale": scale.subscale,
            "clusters": scale.cluster,
            "substituted": _count(scale.counts.n_substituted, minimum),
            "too_many_missing": _count(scale.counts.n_too_many, minimum),
            "at": [_measurement(wave, found, minimum) for wave, found in scale.at],
        }
        for scale in scales
    ]


def _measurement(wave: float | None, found: Measurement, minimum: int) -> Json:
    n = found.extremes.n
    if n < minimum:
        return {"wave": wave, "n": shown_n(found, minimum)}
    reliability, levels = found.reliability, found.reliability.levels
    described = {
        "wave": wave,
        "n": shown_n(found, minimum),
        "mean": _coarse(found.mean, least_n(found, minimum), found.sd),
        "sd": _coarse(found.sd, least_n(found, minimum), found.sd),
        "floor": shown_end(found.extremes.n_floor, n, minimum),
        "ceiling": shown_end(found.extremes.n_ceiling, n, minimum),
    }
    if reliability.n_rows < minimum:
        return described
    return described | {
        "alpha": _coefficient(reliability.alpha),
        "omega": _coefficient(reliability.omega),
        "item_rest": [_float(value) for value in reliability.item_rest],
        "levels": levels
        and {
            "icc1": _float(levels.intraclass.icc1),
            "icc2": _float(levels.intraclass.icc2),
            "alpha_within": _coefficient(levels.alpha_within),
            "omega_within": _coefficient(levels.omega_within),
            "alpha_between": _coefficient(levels.alpha_between),
            "omega_between": _coefficient(levels.omega_between),
        },
    }


def time_dict(time: TimeSummary | None, minimum: int) -> Json | None:
    """Give the counts of windows and spells, small ones as null.

    Counts are those of the page and no others: how many interviews a wave has, how many
    clients changed team ever, or how many were early at each wave would tell the small counts
    among them by subtraction.
    """
    if time is None:
        return None
    return {
        "windows": time.windows and _windows(time.windows, minimum),
        "spells": time.spells and _spells(time.spells, minimum),
        "n_planned": _count(time.n_planned, minimum),
    }


def _windows(windows: WindowSummary, minimum: int) -> Json:
    totals = {
        name: sum(getattr(wave, name) for wave in windows.waves)
        for name in ("n_early", "n_late", "n_second")
    }
    rest = {"n_outside": windows.n_outside, "n_undated": windows.n_undated}
    return {"window": windows.window, **_counts({**totals, **rest}, minimum)}


def _spells(spells: SpellSummary, minimum: int) -> Json:
    found = asdict(spells)
    del found["n_clients"], found["n_changed_team_ever"]
    if managers_near_teams(spells, minimum):
        found["n_changed_manager"] = None
    return _counts(found, minimum)


def patterns_dict(patterns: MissingPatterns | None) -> Json | None:
    """Give the patterns, pooled where they are of few people."""
    if patterns is None:
        return None
    return {
        "columns": list(patterns.columns),
        "observed": [[bool(there) for there in row] for row in patterns.observed],
        "counts": [int(count) for count in patterns.counts],
        "n_other": patterns.n_other,
        "n_rows": patterns.n_rows,
        "rounded_to": patterns.unit,
        "n_missing": [[int(low), int(high)] for low, high in patterns.n_missing],
    }


def attrition_dict(attrition: Attrition | None) -> Json | None:
    """Give attendance and comparisons, from which small groups are left out already."""
    if attrition is None:
        return None
    found: Json = _plain(asdict(attrition))
    for row in found["comparisons"]:
        for name in ("interviewed", "missed"):
            group = row[name]
            sd = group["sd"]
            # Of a level the mean is a share, whose counts are people.
            decimals = 2 if sd is None else mean_decimals(group["n"], sd)
            group["mean"] = _rounded(group["mean"], decimals)
            group["sd"] = _rounded(sd, decimals)
        row["difference"] = _rounded(row["difference"], 2)
    for wave in found["attendance"]:
        for name in ("low", "median", "high"):
            if wave["clusters"] is not None:
                wave["clusters"][name] = _rounded(wave["clusters"][name], 2)
    return found


def _coarse(value: float, n: int, sd: float) -> float | None:
    """Round a mean or an SD so that it does not tell of how many people it is."""
    return _rounded(_float(value), mean_decimals(n, sd))


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(float(value), decimals)


def _counts(values: Json, minimum: int) -> Json:
    return {
        name: _count(value, minimum) if name.startswith("n_") and value is not None else value
        for name, value in values.items()
    }


def _count(count: int, minimum: int) -> int | None:
    return None if 0 < count < minimum else count


def _coefficient(value: Coefficient) -> Json:
    return {
        "value": _float(value.value),
        "conf_low": _float(value.conf_low),
        "conf_high": _float(value.conf_high),
        "status": value.status.value,
    }


def _float(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    """Turn what numbers, tuples and dicts are made of into what JSON knows."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, bool | str) or value is None:
        return value
    return int(value) if float(value).is_integer() else _float(float(value))
