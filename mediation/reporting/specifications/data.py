"""A specification curve as plain values for `results.json`."""

from __future__ import annotations

from mediation.reporting.plain_values import Json, plain_float
from mediation.reporting.specifications.curve import SpecificationCurve
from mediation.reporting.specifications.summary import models_of, spread_of


def specifications_data(curve: SpecificationCurve | None) -> Json | None:
    """Give every specification with its choices, and what is told of them; None without a curve.

    Parameters
    ----------
    curve : SpecificationCurve or None

    Returns
    -------
    dict or None
        `choices` has for each specification the number of its choice in every dimension, from 0;
        effects are in SD of the outcome per SD of the predictor.
    """
    if curve is None:
        return None
    spread = spread_of(curve, curve.is_compared) if curve.is_compared.any() else None
    return {
        "conf_level": curve.conf_level,
        "n": len(curve),
        "n_different": curve.n_different,
        "median": None if spread is None else plain_float(spread.median),
        "n_excluding_zero": None if spread is None else spread.n_excluding,
        "n_compared": None if spread is None else spread.n,
        "dimensions": [
            {"name": each.name, "title": each.title, "choices": list(each.choices)}
            for each in curve.dimensions
        ],
        "models": [
            {
                "outcome": curve.standards[each.number // len(curve.mediators)].outcome,
                "mediator": curve.mediators[each.number % len(curve.mediators)],
                "declared": each.declared,
                "published": each.published,
                "finding_changes": each.is_turned,
            }
            for each in models_of(curve)
        ],
        "standards": [
            {
                "outcome": each.outcome,
                "sd_predictor": plain_float(each.sd_predictor),
                "sd_outcome": plain_float(each.sd_outcome),
            }
            for each in curve.standards
        ],
        "left_out": [{"reason": reason, "n": count} for reason, count in curve.left_out],
        "model": curve.model.tolist(),
        "choices": curve.choices.tolist(),
        "estimate": [plain_float(value) for value in curve.estimates],
        "conf_low": [plain_float(value) for value in curve.lows],
        "conf_high": [plain_float(value) for value in curve.highs],
    }
