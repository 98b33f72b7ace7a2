"""Attacks on a twin: what a reader could work out of one person, from one twin or from two."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.simulation.twin.compare import compare, compare_paths
from mediation.simulation.twin.draw import draw_twin
from mediation.simulation.twin.layout import layout_of
from mediation.simulation.twin.measure import aggregates_of
from mediation.simulation.twin.panel import panel_of
from mediation.simulation.twin.places import draw_places
from mediation.simulation.twin.records import records_of_panel, records_of_twin
from mediation.simulation.twin.room import make_room
from mediation.simulation.twin.rounding import coarse, share_of, without_tails
from mediation.simulation.twin.write import write_twin
from mediation.study.study import load_study

from .sources import KEY, Source

SHIPPED = Path(__file__).parents[3] / "data" / "synthetic" / "study.toml"


def edited(folder, file, edit):
    """Change a table of a study."""
    table = pd.read_csv(folder / file, dtype=str)
    edit(table)
    table.to_csv(folder / file, index=False)


def ages(path):
    study = load_study(path)
    return records_of_panel(panel_of(study, layout_of(study.manifest))).columns["leeftijd"]


def test_seed_and_aggregates_do_not_draw_the_twin_again(tmp_path):
    # Who could, would see which records were drawn anew: those that equaled a real one.
    path = Source().write(tmp_path / "study")
    write_twin(path, tmp_path / "twin", seed=3)
    study = load_study(path)
    layout = layout_of(study.manifest)
    aggregates = make_room(aggregates_of(study), layout)
    written = ages(tmp_path / "twin" / "study.toml")
    again = draw_twin(aggregates, layout, np.random.default_rng([3, 0]))
    assert (records_of_twin(again).columns["leeftijd"] == written).mean() < 0.1


def test_one_seed_draws_unlike_twins_of_studies_that_differ_in_one_person(tmp_path):
    path = Source().write(tmp_path / "study")
    write_twin(path, tmp_path / "first", seed=3)
    edited(
        tmp_path / "study",
        "mensen.csv",
        lambda t: t.__setitem__("leeftijd", ["33", *t.leeftijd[1:]]),
    )
    write_twin(path, tmp_path / "second", seed=3)
    first, second = (ages(tmp_path / name / "study.toml") for name in ("first", "second"))
    assert (first == second).mean() < 0.1


@given(st.floats(-1e4, 1e4), st.floats(0.01, 100), st.integers(5, 10_000), st.floats(-1, 1))
def test_one_person_moves_a_rounded_mean_by_one_step_at_most(mean, sd, n, share):
    step = 12.5 * sd / n
    before, after = coarse(mean, sd, n), coarse(mean + share * 5 * sd / n, sd, n)
    assert abs(before - mean) <= step / 2 * (1 + 1e-6)
    assert abs(after - before) <= step * (1 + 1e-6)


@given(st.integers(40, 1000), st.integers(5, 1000), st.integers(1, 4))
def test_shares_do_not_tell_a_few_people_apart(n, count, few):
    count = min(count, n - 9)
    steps = {share_of(count + k, n, 5) for k in range(3)}
    assert len(steps) <= 2
    assert share_of(few, n, 5) == 0
    assert share_of(count, n, 5, people=(few, n)) == 0


def test_many_answers_of_one_person_are_not_many_people(tmp_path):
    path = Source(items=True).write(tmp_path / "study")
    (tmp_path / "study" / "band.toml").write_text(KEY, encoding="utf-8")
    whole = aggregates_of(load_study(path))

    def leave_open(table):
        own = table["nr"].isin(table["nr"].unique()[:2])
        assert own.sum() >= 4
        table.loc[own, ["v1", "v2"]] = None
        table.loc[own, "hoop"] = None

    edited(tmp_path / "study", "gesprekken.csv", leave_open)
    few = aggregates_of(load_study(path))
    assert few.items[0].missing == whole.items[0].missing == 0
    assert few.score("hoop").missing == whole.score("hoop").missing == 0


def test_one_interview_far_too_late_does_not_show(tmp_path):
    path = Source(enrolled=True).write(tmp_path / "study")
    before = aggregates_of(load_study(path)).schedule
    later = lambda day: str(np.datetime64(day) + np.timedelta64(150, "D"))  # noqa: E731
    edited(
        tmp_path / "study",
        "gesprekken.csv",
        lambda t: t.__setitem__("dag", [*t.dag[:20], later(t.dag[20]), *t.dag[21:]]),
    )
    after = aggregates_of(load_study(path)).schedule
    assert after.deviations == before.deviations
    assert after.deviation_sds == pytest.approx(before.deviation_sds, abs=0.011)


def test_shares_of_the_large_levels_do_not_leave_the_small_one(tmp_path):
    path = Source().write(tmp_path / "study")

    def few_of(count):
        def edit(table):
            homes = np.where(np.arange(len(table)) % 2, "eigen", "begeleid").astype(object)
            homes[: 2 * count : 2] = "=opvang"
            table["woning"] = homes

        edited(tmp_path / "study", "mensen.csv", edit)
        study = load_study(path)
        panel = panel_of(study, layout_of(study.manifest))
        found = {row.name: row.study for row in compare(panel, panel, 5)}
        return [found[f"woning: {level}"] for level in ("eigen", "begeleid", "'=opvang")]

    eigen, begeleid, small = few_of(3)
    assert small is None
    assert eigen + begeleid == pytest.approx(1, abs=0.011)


def test_distances_to_the_study_do_not_tell_its_estimate_exactly():
    def cell(value):
        fit = SimpleNamespace(counts=SimpleNamespace(n_clients=200), predictor_varies=False)
        return SimpleNamespace(outcome="y", waves=(0.0, 4.0), paths={"a": (value, 1.4)}, fit=fit)

    # Steps are 5 x 1.4 / sqrt(200), 0.5.
    rows = [compare_paths((cell(v),), (cell(3.21),), {"y": {}})[0] for v in (2.401, 2.599)]
    assert rows[0] == rows[1]
    assert rows[0].study == 2.5


def test_tails_of_too_few_are_nothing():
    assert len(without_tails(np.arange(9.0), 5)) == 0
    assert without_tails(np.array([1.0, np.nan, *range(10)]), 5).std() > 0


def test_sizes_of_clusters_differ_as_in_the_study():
    study = load_study(SHIPPED)
    aggregates = aggregates_of(study)
    found = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        codes = draw_places(aggregates, "team", True, rng).codes
        found.append([np.bincount(code).std(ddof=1) for code in codes])
    wanted = [level.sd for level in aggregates.levels]
    np.testing.assert_allclose(np.mean(found, axis=0), wanted, rtol=0.2)


def test_items_are_as_hard_and_as_alike_as_in_the_study(tmp_path):
    aggregates = aggregates_of(load_study(SHIPPED))
    write_twin(SHIPPED, tmp_path, seed=5)
    study, twin = load_study(SHIPPED), load_study(tmp_path / "study.toml")
    for shape in aggregates.items:
        real, drawn = study.items(shape.score), twin.items(shape.score)
        spread = float(np.nanstd(real.to_numpy()))
        np.testing.assert_allclose(shape.means, real.mean(), atol=0.1 * spread)
        if shape.score != "fidelity":
            np.testing.assert_allclose(drawn.mean(), real.mean(), atol=0.35 * spread)
            assert _mean_correlation(drawn) == pytest.approx(_mean_correlation(real), abs=0.08)


def _mean_correlation(items):
    matrix = np.abs(items.corr().to_numpy())
    return matrix[np.triu_indices(len(matrix), 1)].mean()


def test_tables_of_an_earlier_twin_do_not_stay(tmp_path):
    with_spells = Source(enrolled=True, spells=True).write(tmp_path / "spells")
    plain = replace(Source(), clients_each=10).write(tmp_path / "plain")
    write_twin(with_spells, tmp_path / "twin", seed=1)
    (tmp_path / "twin" / "own.txt").write_text("mine")
    write_twin(plain, tmp_path / "twin", seed=1)
    assert not (tmp_path / "twin" / "spells.csv").exists()
    assert (tmp_path / "twin" / "own.txt").read_text() == "mine"
