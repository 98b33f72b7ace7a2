"""The part on unmeasured common causes: words, tables and figures from computed answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.linkage.table import AnalysisTable, WavePair
from mediation.reporting.contents import Entry, Robustness, Variable
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.confounding import WRITER
from mediation.sensitivity.confounding import confounding
from mediation.vocabulary import EffectName, Level

WITHIN = (EffectName.INDIRECT, Level.WITHIN)
LABELS = (
    Variable("x", "SMCM fidelity", 1.0, 5.0),
    Variable("m", "Working alliance", 24.0, 96.0),
    Variable("n", "W" * 30, None, None),
    Variable("y", "Quality of life", 20.0, 140.0),
    Variable(
        "w", "An outcome $x_1$ <b>of</b> many more letters than a small panel can hold", None, None
    ),
    Variable("z", "Insight", None, None),
)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(1)
    team = np.repeat(np.arange(24), 12)
    x, u = rng.normal(size=(2, 24))[:, team]
    z, e, f, g = rng.normal(size=(4, len(team)))
    m = 0.8 * x + 0.5 * z + 0.5 * u + e
    y = 0.3 * x + 0.6 * m + 0.5 * z + 0.5 * rng.normal(size=24)[team] + f
    none = rng.normal(size=len(team)) + 0.5 * rng.normal(size=24)[team]
    n = 0.4 * x + 0.3 * m + g
    return pd.DataFrame(
        {"team": team, "x": x, "m": m, "n": n, "y": y, "w": -y + n, "z": z, "o": none}
    )


@pytest.fixture(scope="module")
def make_cell(make, frame):
    def make_cell(outcome="y", mediators=("m",), effect=WITHIN, waves=None, **options):
        clusters = options.pop("clusters", ["team"])
        engine = options.pop("engine", med.MixedModels() if clusters else med.OLS())
        result = med.mediate(
            frame,
            predictor="x",
            mediators=list(mediators),
            outcome=outcome,
            covariates=options.pop("covariates", ["z"]),
            clusters=clusters,
            engine=engine,
            interval=options.pop("interval", med.MonteCarlo(n_draws=1_000)),
            seed=1,
        )
        found = tuple(confounding(result, frame, engine, effect, name) for name in mediators)
        return replace(
            make.cell(outcome, waves),
            result=result,
            table=AnalysisTable(frame, waves),
            headline_p_holm=(1.0,) * len(mediators),
            robustness=Robustness(confounding=found),
        )

    return make_cell


def part_of(make, *cells, headline=("indirect", "within")):
    entry = Entry("Fidelity <i>and</i> outcomes", headline, cells)
    contents = make.contents(variables=LABELS, entries=(entry,))
    return WRITER.part(contents, entry, 1)


def test_numbers_of_the_answer_are_those_of_the_analysis(make, make_cell):
    cell = make_cell(waves=WavePair(4.5, 9.0))
    part = part_of(make, cell)
    (found,) = cell.robustness.confounding
    curve = found.curves[0]
    assert (
        "would no longer exclude zero if errors within teams correlated by "
        f"\u03c1 = +{curve.tip:.2f} "
        f"(the estimate is zero at +{curve.zero:.2f}; beyond, it has the other sign)"
    ) in part.answer
    assert f"correlate by {curve.zero:.2f}:" in part.answer
    assert "explained equal shares" in part.answer
    assert f"have to explain {found.path_b.point:.0%} of each" in part.answer
    assert part.answer.startswith("The interval excludes zero;")
    assert part.overturns is False
    ends, benchmarks = part.tables
    by_name = {row[0]: row[1:] for row in ends.rows}
    assert by_name["E-value"] == (f"{found.e_value.point:.2f}", f"{found.e_value.limit:.2f}")
    of_a = next(name for name in by_name if name.startswith("Robustness value of a, between teams"))
    assert by_name[of_a][0] == f"{found.path_a.point:.0%}"
    assert f"half of studies exceed {found.path_a.by_chance:.0%} if it is truly zero" in of_a
    assert set(ends.groups) == set(benchmarks.groups)
    assert benchmarks.rows[0][0] == "Insight"
    (benchmark, value) = found.benchmarks[0]
    most = f"{benchmark.bound_mediator:.0%} and {benchmark.bound_outcome:.0%}"
    assert benchmarks.rows[0][3:] == (most, f"{value.estimate:.2f}")
    assert "Interval" not in benchmarks.columns


def test_an_interval_that_holds_zero_is_never_called_no_effect(make, make_cell):
    part = part_of(make, make_cell("o"))
    said = " ".join((part.answer, *part.paragraphs))
    assert part.answer.startswith("The interval holds zero as it is")
    assert not re.search(r"\bno effect\b|\bproves?\b|significant", said)
    row = next(
        row for row in part.tables[0].rows if row[0].startswith("Correlation of errors within")
    )
    assert row[2].startswith("holds zero as it is")


def test_a_cause_as_strong_as_a_covariate_that_ends_a_finding_overturns_it(make, make_cell):
    cell = make_cell()
    (found,) = cell.robustness.confounding
    ((benchmark, value),) = found.benchmarks
    beyond = replace(value, estimate=-0.1, conf_low=-0.4, conf_high=0.2)
    changed = replace(found, benchmarks=((benchmark, beyond),))
    part = part_of(make, replace(cell, robustness=Robustness(confounding=(changed,))))
    assert part.overturns is True
    assert "would change the finding of 1 model." in part.answer
    bare = replace(found, benchmarks=())
    part = part_of(make, replace(cell, robustness=Robustness(confounding=(bare,))))
    assert part.overturns is None
    assert len(part.tables) == 1


@pytest.mark.parametrize(
    ("options", "headline", "names"),
    [
        ({"clusters": [], "effect": (EffectName.INDIRECT, Level.SINGLE)}, "within", 2),
        ({"interval": med.JointSignificance()}, "within", 2),
        ({"engine": med.TwoLevelSEM()}, "within", 2),
        ({"engine": med.OLS()}, "within", 2),
        ({"effect": (EffectName.INDIRECT, Level.BETWEEN)}, "between", 1),
        ({"covariates": []}, "within", 2),
    ],
    ids=["flat", "no limits", "sem", "ols", "between", "no covariates"],
)
def test_every_kind_of_model_has_its_part(make, make_cell, options, headline, names):
    cell = make_cell(**options)
    part = part_of(make, cell, headline=("indirect", headline))
    assert len(part.figures) == names
    assert part.identifier == "confounding-1"
    for table in part.tables:
        assert "nan" not in str(render_table(table)).replace("finan", "")
    for figure in part.figures:
        assert figure.kind == "robustness"
        assert figure.name.startswith("robustness-")
        assert figure.alt
        assert "zero" in figure.caption
    data = WRITER.data(cell.robustness, 5)
    assert json.dumps(data, allow_nan=False)
    assert data["rows"][0]["curves"][0]["rho_zero"] == cell.robustness.confounding[0].curves[0].zero


def test_several_mediators_and_labels_of_any_kind(make, make_cell):
    cells = [make_cell(outcome, ("m", "n")) for outcome in ("y", "w", "y", "w")]
    part = part_of(make, *cells)
    assert [figure.name for figure in part.figures] == [
        "robustness-confounding-1-1",
        "robustness-confounding-1-2",
        "robustness-confounding-rho-1-1",
        "robustness-confounding-rho-1-2",
    ]
    assert "what the others do not share" in part.paragraphs[-1]
    html = str(render_table(part.tables[0]))
    assert "<b>of</b>" not in html
    assert "&lt;b&gt;of&lt;/b&gt;" in html
    assert 'id="confounding-1"' not in html
    assert len({table.identifier for table in part.tables}) == 2


def test_no_part_where_nothing_was_found(make):
    contents = make.study()
    assert WRITER.part(contents, contents.entries[0], 1) is None
    assert WRITER.data(Robustness(), 5) is None


def test_an_effect_between_ends_by_the_weaker_of_both_levels_of_errors(make, make_cell):
    cell = make_cell(effect=(EffectName.INDIRECT, Level.BETWEEN))
    (found,) = cell.robustness.confounding
    weak = replace(found.curves[1], below=None, above=0.11, zero=0.21, excludes_zero=True)
    strong = replace(found.curves[0], below=None, above=0.41, zero=0.61, excludes_zero=True)
    changed = replace(found, curves=(strong, weak))
    cell = replace(cell, robustness=Robustness(confounding=(changed,)))
    part = part_of(make, cell, headline=("indirect", "between"))
    assert (
        "if errors within teams correlated by \u03c1 = +0.11 (the estimate is zero at"
        in part.answer
    )
    assert "errors of teams correlate by 0.61; or where errors within teams correlate by 0.21." in (
        part.answer
    )
    names = [row[0] for row in part.tables[0].rows]
    assert "Correlation of errors within teams (\u03c1)" in names
    assert "of mediator and of outcome would" not in part.answer


def test_only_an_interval_that_holds_zero_is_said_to(make, make_cell):
    cell = make_cell()
    (found,) = cell.robustness.confounding
    for holds, said in ((True, "holds zero as it is"), (False, "0%: a degree of freedom less")):
        path = replace(found.path_a, limit=0.0, holds_zero=holds)
        changed = replace(found, path_a=path)
        part = part_of(make, replace(cell, robustness=Robustness(confounding=(changed,))))
        row = next(row for row in part.tables[0].rows if row[0].startswith("Robustness value of a"))
        assert row[2].startswith(said)
        assert ("The interval of a holds zero" in part.answer) is holds


def test_the_largest_fall_and_a_change_of_sign_are_in_the_answer(make, make_cell):
    cells = [make_cell("y"), make_cell("w")]
    (found,) = cells[1].robustness.confounding
    ((benchmark, value),) = found.benchmarks
    beyond = replace(value, estimate=-0.3 * found.value.estimate)
    unsure = replace(found.value, p_value=0.9)
    changed = replace(found, value=unsure, benchmarks=((benchmark, beyond),))
    cells[1] = replace(cells[1], robustness=Robustness(confounding=(changed,)))
    answer = part_of(make, *cells).answer
    assert "the effect that falls most for its size" in answer
    assert "1 of 2 change sign" in answer


def test_a_covariate_of_the_mediator_alone_is_said_to_stay_in_its_error(make, make_cell):
    cell = make_cell(covariates=[])
    assert "mediator alone" not in part_of(make, cell).paragraphs[-1]
    model = replace(cell.result.fit.model, mediator_covariates=("z",))
    cell = replace(cell, result=replace(cell.result, fit=replace(cell.result.fit, model=model)))
    assert "A covariate of the mediator alone stays" in part_of(make, cell).paragraphs[-1]
