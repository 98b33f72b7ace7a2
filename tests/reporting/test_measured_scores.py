"""Parts of instruments and goals in the measures section."""

from __future__ import annotations

import numpy as np
import pytest

from mediation.linkage.measures import measure_scales
from mediation.reporting.measures_tables import (
    instruments_table,
    measures_warnings,
    reliability_table,
    substitution_sentences,
)
from mediation.study.study import load_study


def test_metric_subscale_and_share_of_missing_items_are_the_manifests(small_study):
    rng = np.random.default_rng(2)
    rows = small_study.tables["interviews"]
    rows[0] += [f"wai_{k}" for k in range(1, 13)]
    for row in rows[1:]:
        row += [str(answer) for answer in rng.integers(1, 8, 12)]
    rows[1][-12] = ""
    entry = '[scores.{}]\ninstrument = "wai_s"\nitems = "wai_{{}}"\n{}'
    small_study.say(
        "[waves]",
        entry.format("whole", "")
        + entry.format("task", 'subscale = "task"\nmetric = "mean"\nmax_missing = 0\n')
        + "[waves]",
    )
    whole, task = measure_scales(load_study(small_study.write()))
    first, second = instruments_table((whole, task)).rows

    name = "Working Alliance Inventory, short form (WAI-S)"
    assert (first[0], *first[2:6]) == (name, "12", "12 to 84 (sum)", "Client", "up to 20%")
    assert (second[0], *second[2:6]) == (
        f"{name}, task", "4", "1 to 7 (mean)", "Client", "none",
    )  # fmt: skip
    # One of four items is more than none, one of twelve is less than a fifth.
    assert (whole.counts.n_substituted, whole.counts.n_too_many) == (1, 0)
    assert (task.counts.n_substituted, task.counts.n_too_many) == (0, 1)
    items = np.array([[float(cell or "nan") for cell in row[-12:]] for row in rows[1:]])[1:]
    chosen = items[:, [0, 1, 7, 11]]
    assert dict(task.at)[6.0].mean == pytest.approx(chosen[0::3].mean())


def test_goals_are_named_counted_and_warned_of(small_study):
    """P1 to P8 have a goal at six months: six of none attained, two of all; P9's is not known."""
    goals = [["id", "wave", "status"]]
    goals += [[f"P{k}", "6", "open" if k <= 6 else "done"] for k in range(1, 9)]
    goals += [["P9", "6", ""], ["P9", "6", "done"]]
    small_study.tables["goals"] = goals
    small_study.say(
        "[variables.fidelity]",
        '[tables.goals]\nfile = "goals.csv"\n[tables.goals.columns]\nclient = "id"\n'
        'wave = "wave"\nstatus = "status"\n[scores.goals]\ninstrument = "goal_attainment"\n'
        'table = "goals"\nattained = ["done"]\n[variables.fidelity]',
    )
    scales = measure_scales(load_study(small_study.write()))
    (row,) = instruments_table(scales).rows

    assert row[0] == "Goal attainment"
    assert row[2:] == ("goals", "0 to 1 (share attained)", "Not stated", "up to 20%", "verified")
    assert reliability_table(scales, 5) is None
    assert dict(scales[0].ends)[6.0].floor == 0.75
    said = list(measures_warnings(scales))
    assert any("lowest possible one (at 6 months)" in text for text in said)
    assert list(substitution_sentences(scales, 1)) == [
        "Goal attainment: 1 reviews of goals have too many goals that are not known and no score."
    ]
