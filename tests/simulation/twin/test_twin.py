"""Twins of studies of many shapes: the truth holds, files are right, nothing of a person leaks."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.errors import SimulationError
from mediation.linkage.link import link
from mediation.linkage.table import WavePair
from mediation.simulation.twin.apart import draw_apart, equal_clients, set_apart
from mediation.simulation.twin.cells import fit_cells
from mediation.simulation.twin.components import correlation_inside
from mediation.simulation.twin.draw import draw_twin
from mediation.simulation.twin.files import manifest_files, table_files
from mediation.simulation.twin.layout import layout_of
from mediation.simulation.twin.measure import aggregates_of
from mediation.simulation.twin.panel import panel_of
from mediation.simulation.twin.records import records_of_panel, records_of_twin
from mediation.simulation.twin.room import make_room
from mediation.simulation.twin.truth import true_effects
from mediation.simulation.twin.write import write_twin
from mediation.study.load import load_tables
from mediation.study.manifest import CLIENT, TableRole
from mediation.study.manifest_reading import parse_manifest, read_manifest
from mediation.study.problems import ProblemKind
from mediation.study.study import load_study
from mediation.study.validate import validate

from .sources import KEY, Source

SHIPPED = Path(__file__).parents[3] / "data" / "synthetic" / "study.toml"
FILES = {
    *("fidelity.csv", "clients.csv", "interviews.csv", "study.toml"),
    *("truth.json", "aggregates.json", "twin.md", "twin.json"),
}
SHAPES = {
    "dates": Source(),
    "months": Source(months=True),
    "constant fidelity": Source(changes=False, contextual=0.5, n_organizations=10),
    "seven teams of five": Source(
        n_organizations=7, teams_each=1, clients_each=6, one_level=True, covariates=False
    ),
    "enrolled": Source(enrolled=True, window=1.5, wave_column=False),
    "window": Source(enrolled=True, window=1.5),
    "items": Source(items=True),
    "spells": Source(enrolled=True, spells=True),
    "goals": Source(goals=True),
    "without covariates": Source(covariates=False),
    "without baseline": Source(baseline=False),
    "two-level model": Source(engine="two_level_sem", one_level=True),
    "mean exposure": Source(
        enrolled=True, more='rule = "mean_exposure"\nwindow_months = 6\nmax_age_months = 60'
    ),
    "lifted": Source(more='fidelity_level = "instelling"'),
    "near the ceiling": Source(contextual=2.0, changes=False, n_organizations=10),
}


def written(source, folder, seed=0):
    path = source.write(folder, seed)
    (folder / "band.toml").write_text(KEY, encoding="utf-8")
    return path


def texts(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_twin_is_a_study_of_the_same_shape(shape, tmp_path):
    source = SHAPES[shape]
    path = written(source, tmp_path / "study")
    write_twin(path, tmp_path / "twin", seed=1)
    study, twin = load_study(path), load_study(tmp_path / "twin" / "study.toml")
    assert twin.manifest.study.synthetic
    assert twin.n_rows == study.n_rows
    assert twin.n_by_level == study.n_by_level
    for role in study.manifest.roles:
        assert list(twin.frame(role).columns) == list(study.frame(role).columns)
        header = pd.read_csv(tmp_path / "twin" / f"{role.value}.csv", nrows=1)
        assert header["synthetic"].tolist() == [1]
        assert list(header)[1:] == list(study.manifest.all_columns(role).values())
    for name in study.manifest.interview_scores:
        low, high = study.variable(name).range
        scores = twin.frame(TableRole.INTERVIEWS)[name].dropna()
        assert scores.between(low, high).all()
        assert scores.std() > 0
    checks = json.loads((tmp_path / "twin" / "twin.json").read_text())["checks"]
    assert checks["equal_persons"] == checks["equal_identifiers"] == 0
    assert checks["smallest_cell"] >= 5
    # Identifiers, notes and comments of the source all have this word; clusters have names.
    for name, content in texts(tmp_path / "twin").items():
        assert b"geheim" not in content, name
        assert b"Huis " not in content, name
        assert b"kring 1" not in content, name
        assert b"ynthetic" in content[:1000], name


def test_linked_fidelity_is_what_linkage_gives(tmp_path):
    for shape in ("dates", "mean exposure", "lifted", "months"):
        study = load_study(written(SHAPES[shape], tmp_path / shape))
        panel = panel_of(study, layout_of(study.manifest))
        frame = link(study, WavePair(4.0, 8.0)).frame.set_index(CLIENT)["trouw"]
        expected = frame.reindex(panel.units[CLIENT]).to_numpy()
        np.testing.assert_allclose(panel.fidelity[:, 1], expected, atol=1e-12)
        assert np.isfinite(expected).sum() > 100


@pytest.mark.parametrize("shape", ["dates", "items", "goals", "enrolled", "without covariates"])
def test_records_are_compared_as_they_will_be_read(shape, tmp_path):
    path = written(SHAPES[shape], tmp_path / "study")
    study = load_study(path)
    layout = layout_of(study.manifest)
    rng = np.random.default_rng(2)
    twin = draw_twin(aggregates_of(study), layout, rng)
    read = read_back(twin, path, tmp_path / "twin", rng)
    panel = panel_of(read, layout_of(read.manifest))
    before, after = records_of_twin(twin), records_of_panel(panel)
    equal = equal_clients(before, after)
    complete = np.isfinite(np.stack(list(after.scores.values()))).all(axis=(0, 2))
    assert complete.sum() > 30
    # Items left open, and neutralized levels, are the only differences.
    if shape != "items" and "clients" in equal:
        plain = after.columns["woning"] != "'=opvang"
        assert equal["clients"][plain].all()
        assert equal["persons"][plain].all()
    elif shape == "without covariates":
        assert equal["persons"].all()


def read_back(twin, manifest, folder, rng):
    files = {**table_files(twin.tables(rng)), **manifest_files(manifest, 1)}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return load_study(folder / "study.toml")


TRUTHS = {
    "a": "a",
    "b within": "b_within",
    "b between": "b_between_manifest",
    "c_prime": "c_prime",
    "total": "total",
    "indirect within": "indirect_within",
}


def off_by(manifest, folder, n_twins, names):
    """(mean of the estimates - truth) / its Monte Carlo error, by outcome, waves and path."""
    study = load_study(manifest)
    layout = layout_of(study.manifest)
    aggregates = make_room(aggregates_of(study), layout)
    truth = true_effects(aggregates, layout)
    found = {}
    for number in range(n_twins):
        rng = np.random.default_rng([11, number])
        twin = draw_twin(aggregates, layout, rng)
        copy = read_back(twin, manifest, folder / str(number), rng)
        for cell in fit_cells(copy, layout):
            paths = {name: value for name, (value, _) in cell.paths.items()}
            paths["indirect within"] = paths["a"] * paths["b within"]
            for name in names:
                found.setdefault((cell.outcome, cell.waves, name), []).append(paths[name])
    result = {}
    for (outcome, waves, name), values in found.items():
        true = truth[outcome][TRUTHS[name]][f"{waves[0]:g}-{waves[1]:g}"]
        assert len(values) == n_twins
        error = np.std(values, ddof=1) / n_twins**0.5
        result[outcome, waves, name] = (np.mean(values) - true) / error
    return result


def test_twins_have_their_truth_with_a_mediator_at_its_ceiling(tmp_path):
    # The mediator's scale is cut where a fifth of the scores lie.
    cut = {"range = [12, 60]": "range = [12, 41]"}
    source = replace(Source(clients_each=10, edits=cut), a=2.0)
    path = written(source, tmp_path / "study")
    table = pd.read_csv(tmp_path / "study" / "gesprekken.csv")
    table["band"] = table["band"].clip(upper=41)
    assert 0.1 < (table["band"] == 41).mean() < 0.4
    table.to_csv(tmp_path / "study" / "gesprekken.csv", index=False)
    off = off_by(path, tmp_path, 60, ("a", "b within", "indirect within", "total"))
    assert max(map(abs, off.values())) < 3


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["shipped", "constant fidelity", "without baseline", "spells"])
def test_many_twins_have_their_truth(shape, tmp_path):
    path = SHIPPED if shape == "shipped" else written(SHAPES[shape], tmp_path / "study")
    names = ["a", "b within", "indirect within", "total", "c_prime"]
    names += ["b between"] if shape == "constant fidelity" else []
    off = off_by(path, tmp_path, 300, names)
    assert max(map(abs, off.values())) < 3.5


def test_twins_of_the_shipped_study_are_alike(tmp_path):
    study = load_study(SHIPPED)
    layout = layout_of(study.manifest)
    aggregates = aggregates_of(study)
    alike = {name: [] for name in ("alliance", "quality_of_life")}
    held, top = [], []
    for number in range(20):
        drawn = draw_twin(aggregates, layout, np.random.default_rng(number)).drawn
        for name, values in alike.items():
            scores = drawn.scores[name][drawn.answered[name]]
            values.append((scores.mean(), scores.std()))
        held.append(drawn.held.mean(axis=0))
        top.append((drawn.scores["alliance"][drawn.held] == 96).mean())
    interviews = study.frame(TableRole.INTERVIEWS)
    for name, values in alike.items():
        mean, sd = np.mean(values, axis=0)
        assert mean == pytest.approx(interviews[name].mean(), abs=0.1 * sd)
        assert sd == pytest.approx(interviews[name].std(), rel=0.05)
    by_wave = interviews.groupby("wave").size().to_numpy() / study.n_rows
    np.testing.assert_allclose(np.mean(held, axis=0), by_wave, atol=0.04)
    assert np.mean(top) == pytest.approx((interviews["alliance"] == 96).mean(), abs=0.06)


@pytest.mark.parametrize("window", [None, 1.9])
def test_interviews_are_held_after_enrollment_and_in_their_window(window, tmp_path):
    # Waiting times, whose normal approximation with this mean and SD reaches far below zero.
    source = Source(enrolled=True, window=window, late=0.4)
    path = written(source, tmp_path / "study")
    assert ProblemKind.BEFORE_ENROLLMENT not in warnings_of(path)
    layout = layout_of(load_study(path).manifest)
    aggregates = aggregates_of(load_study(path))
    assert aggregates.schedule.deviations[0] < 1.5 * aggregates.schedule.deviation_sds[0]
    setting = draw_twin(aggregates, layout, np.random.default_rng(1)).drawn.setting
    off = setting.dates - setting.enrolled[:, None] - np.array(layout.waves)
    assert off[:, 0].min() == 0
    assert off[:, 1:].min() > -1
    assert window is None or np.abs(off).max() < window
    write_twin(path, tmp_path / "twin", seed=1)
    assert not warnings_of(tmp_path / "twin" / "study.toml")


def warnings_of(path):
    """Kinds of problems with the dates of interviews."""
    found = validate(load_tables(*read_manifest(path), path.parent)).problems
    kinds = {ProblemKind.BEFORE_ENROLLMENT, ProblemKind.OUTSIDE_WINDOWS}
    return [p.kind for p in found if p.kind in kinds]


@pytest.mark.parametrize("shape", ["several teams", "one level"])
def test_correlations_of_mediator_and_outcome_are_those_of_the_study(shape, tmp_path):
    source = Source(shared=0.6, clients_each=40, one_level=shape == "one level")
    study = load_study(written(source, tmp_path))
    layout = layout_of(study.manifest)
    aggregates = make_room(aggregates_of(study), layout)
    panel = panel_of(study, layout)
    expected = tied(panel.scores, panel.codes[-1])
    # By construction: 0.6 times the root of 17 / (17 + 16), the share that lasts.
    assert expected[0] == pytest.approx(0.43, abs=0.06)
    found = []
    for number in range(30):
        drawn = draw_twin(aggregates, layout, np.random.default_rng(number)).drawn
        values = {k: np.where(drawn.answered[k], v, np.nan) for k, v in drawn.scores.items()}
        found.append(tied(values, drawn.places.codes[-1]))
    np.testing.assert_allclose(np.mean(found, axis=0), expected, atol=0.05)


def tied(scores, code):
    """Correlate the mediator with first scores inside clusters, and with later ones overall."""
    mediator, outcome = scores["band"], scores["hoop"]
    x, y = mediator[:, 1], outcome[:, 2]
    both = np.isfinite(x) & np.isfinite(y)
    first = correlation_inside(mediator, outcome[:, :1], code)[0]
    return first, np.corrcoef(x[both], y[both])[0, 1]


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    path = written(Source(items=True), tmp_path / "study")
    for folder in ("first", "second"):
        write_twin(path, tmp_path / folder, seed=4)
    write_twin(path, tmp_path / "second", seed=4)
    assert texts(tmp_path / "first") == texts(tmp_path / "second")
    assert set(texts(tmp_path / "first")) == FILES | {"keys/band.toml"}
    write_twin(path, tmp_path / "third", seed=5)
    third = (tmp_path / "third" / "clients.csv").read_bytes()
    assert third != (tmp_path / "first" / "clients.csv").read_bytes()


def test_a_twin_can_have_a_twin(tmp_path):
    path = written(Source(), tmp_path / "study")
    write_twin(path, tmp_path / "twin", seed=1)
    write_twin(tmp_path / "twin" / "study.toml", tmp_path / "again", seed=1)
    assert "twin2-client-001" in (tmp_path / "again" / "clients.csv").read_text()


def test_aggregates_hold_nothing_but_aggregates(tmp_path):
    study = load_study(written(Source(), tmp_path / "study"))
    content = json.loads(aggregates_of(study).to_json("about"))

    def longest(value):
        if isinstance(value, dict):
            return max(map(longest, value.values()), default=0)
        if isinstance(value, list):
            return max(len(value), *map(longest, value)) if value else 0
        return 0

    assert longest(content) <= 20
    ages = dict(map(tuple, content["numbers"]))["leeftijd"]["groups"]
    assert len(ages) <= study.n_rows / 10


def test_one_far_out_person_leaves_the_margins_as_they_are(tmp_path):
    path = written(Source(), tmp_path / "study")
    margins = []
    for age in (119.0, 419.0):
        people = pd.read_csv(tmp_path / "study" / "mensen.csv")
        people.loc[3, "leeftijd"] = age
        people.to_csv(tmp_path / "study" / "mensen.csv", index=False)
        found = aggregates_of(load_study(path))
        margins.append((found.numbers, found.categories, found.number_correlations))
    assert margins[0] == margins[1]


def test_equal_records_are_found_and_drawn_anew(tmp_path):
    path = written(Source(), tmp_path / "study")
    study = load_study(path)
    layout = layout_of(study.manifest)
    rng = np.random.default_rng(3)
    twin = draw_twin(aggregates_of(study), layout, rng)
    # As if the study had three of the twin's clients.
    records = records_of_twin(twin)
    planted = replace(
        records,
        columns={name: values[:3] for name, values in records.columns.items()},
        scores={name: values[:3] for name, values in records.scores.items()},
    )
    assert equal_clients(records, planted)["persons"][:3].all()
    apart, common = set_apart(twin, planted, rng)
    assert common == ()
    equal = equal_clients(records_of_twin(apart), planted)
    assert not any(each.any() for each in equal.values())
    # Nobody else was drawn anew.
    left, right = (each.drawn.scores["band"][3:] for each in (twin, apart))
    assert (left == right).mean() > 0.99


def test_records_that_agree_by_chance_stay_and_are_told_of(tmp_path):
    few = {'leeftijd = "leeftijd"\ndagen = "dagen"\n': "", '["leeftijd", "woning"]': '["woning"]'}
    path = written(Source(edits=few), tmp_path / "study")
    study = load_study(path)
    panel = panel_of(study, layout_of(study.manifest))
    _, common = draw_apart(aggregates_of(study), panel, np.random.default_rng(1))
    assert "clients" in common
    write_twin(path, tmp_path / "twin", seed=1)
    assert "too few values to tell anyone apart" in (tmp_path / "twin" / "twin.md").read_text()


def test_a_study_of_equals_is_refused(tmp_path):
    path = written(Source(), tmp_path / "study")
    study = load_study(path)
    twin = draw_twin(aggregates_of(study), layout_of(study.manifest), np.random.default_rng(1))
    records = records_of_twin(twin)
    frozen = replace(twin, people=twin.people)
    object.__setattr__(frozen, "people", _Same(twin.people))
    first = replace(
        records,
        columns={name: values[:1] for name, values in records.columns.items()},
        scores={name: values[:1] for name, values in records.scores.items()},
    )
    with pytest.raises(SimulationError, match="Do not share it this way"):
        set_apart(frozen, first, np.random.default_rng(1))


class _Same:
    """People who cannot be drawn anew."""

    def __init__(self, people):
        self.normal, self.uniform = people.normal, people.uniform

    def redrawn(self, rows, rng):
        return self


def test_what_cannot_have_a_twin_is_refused_with_a_reason(tmp_path):
    two = Source(edits={'mediators = ["band"]': 'mediators = ["band", "x"]'})
    with pytest.raises(SimulationError, match="one mediator"):
        layout_of(parse_manifest(two.manifest()))
    changing = {'["leeftijd", "woning"]': '["x"]', 'hoop = "hoop"': 'hoop = "hoop"\nx = "x"'}
    with pytest.raises(SimulationError, match="x_0"):
        layout_of(parse_manifest(Source(edits=changing).manifest()))
    few = Source(edits={"seed = 3": "seed = 3\nminimum_cell = 20"})
    with pytest.raises(SimulationError, match="Found 14 clusters"):
        aggregates_of(load_study(written(few, tmp_path / "few")))


def test_a_table_of_rows_is_refused(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"k": np.repeat(np.arange(20), 10), "m": rng.random(200)})
    frame["x"], frame["y"] = frame["k"] % 2, rng.random(200)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "r"\nsynthetic = false\nseed = 1\n[tables.rows]\nfile = "rows.csv"\n'
        '[tables.rows.columns]\nk = "k"\nm = "m"\nx = "x"\ny = "y"\n[[models]]\nname = "m"\n'
        'headline = "indirect within"\npredictor = "x"\nmediators = ["m"]\noutcomes = ["y"]\n'
        'clusters = ["k"]\n'
    )
    with pytest.raises(SimulationError, match="one table of rows"):
        write_twin(tmp_path / "study.toml", tmp_path / "twin", 1)
    assert not (tmp_path / "twin").exists()


def test_other_files_are_never_written_over(tmp_path):
    path = written(Source(), tmp_path / "study")
    with pytest.raises(SimulationError, match="other than the study's"):
        write_twin(path, tmp_path / "study", 1)
    with pytest.raises(SimulationError, match="zero or more"):
        write_twin(path, tmp_path / "twin", -1)
    other = tmp_path / "other"
    other.mkdir()
    (other / "study.toml").write_text("[study]\nsynthetic = false\n")
    with pytest.raises(SimulationError, match=r"study\.toml"):
        write_twin(path, other, 1)
    assert [p.name for p in other.iterdir()] == ["study.toml"]
