"""Design files: everything that is wrong is said at once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

import mediation as med
from mediation.errors import SimulationError
from mediation.inference.bootstrap import Bootstrap
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory import read_design
from mediation.simulation.laboratory.design import Design, Kind, Method
from mediation.simulation.laboratory.design_file import parse_design
from mediation.simulation.published import published_cells
from mediation.simulation.sizes import unequal_sizes
from mediation.vocabulary import BootstrapLimits, Covariance, Resample

PUBLISHED = Path(__file__).parents[3] / "docs" / "coverage" / "published.toml"
GOOD = """
seed = 4
n_resamples = 200
[[grids]]
teams = [7, 14]
mean_size = 20
a = [0, 0.3]
b = 0.4
[[cells]]
team_sizes = [5, 6, 7, 8, 9, 10]
teams_per_organization = [1, 1, 1, 1, 2]
alliance_icc = 0.1
[[methods]]
name = "default"
engine = { name = "mixed_models" }
[[methods]]
name = "bootstrap"
engine = { name = "ols", covariance = "cr1" }
interval = { name = "bootstrap", limits = "bc" }
[[methods]]
name = "SEM"
engine = { name = "two_level_sem" }
interval = { name = "delta" }
"""


def test_a_design_is_what_the_file_says():
    design = parse_design(GOOD)
    crossed = tuple(Cell(unequal_sizes(n, 20), a=a, b=0.4) for n in (7, 14) for a in (0.0, 0.3))
    uneven = Cell((5, 6, 7, 8, 9, 10), (1, 1, 1, 1, 2), alliance_icc=0.1)
    assert set(design.cells) == {*crossed, uneven}
    assert design.methods == (
        Method("default", med.MixedModels(), med.MonteCarlo()),
        Method(
            "bootstrap",
            med.OLS(Covariance.CR1),
            Bootstrap(limits=BootstrapLimits.BC, n_resamples=200),
        ),
        Method("SEM", med.TwoLevelSEM(), design.methods[2].interval),
    )
    assert [method.kind for method in design.methods] == [
        Kind.ANALYTIC,
        Kind.RESAMPLED,
        Kind.JOINT_MODEL,
    ]
    assert (design.seed, design.n_studies, design.effects) == (4, 10_000, ("indirect within",))


def test_the_published_design_is_the_published_grid():
    design = read_design(PUBLISHED)
    assert design.cells == published_cells()
    assert len(design.methods) == 12
    published = design.methods[0]
    assert published.ignores_clusters
    assert published.interval == Bootstrap(Resample.CLIENTS, n_resamples=500)
    assert [design.studies_of(kind) for kind in Kind] == [10_000, 2_000, 500]


def problems(text):
    with pytest.raises(SimulationError) as caught:
        parse_design(text)
    return str(caught.value)


def test_all_problems_are_said_at_once():
    text = (
        GOOD.replace("seed = 4", 'seed = "four"\nn_studis = 3\neffects = ["indirect"]')
        .replace("a = [0, 0.3]", 'a = [0, "x"]\niccc = 1')
        .replace('covariance = "cr1"', 'covarianc = "cr1"')
        .replace('"two_level_sem"', '"two_level_sam"')
        .replace("alliance_icc = 0.1", "alliance_icc = 1.5")
    )
    said = problems(text)
    assert said.splitlines()[0] == "The coverage design has 8 problems:"
    for words in (
        "`seed`: expected a whole number",
        "`n_studis`: expected a known key; found an unknown one. Did you mean `n_studies`?",
        "`effects`: expected some of indirect within",
        "Did you mean `direct`?",
        "`grids[0].a`: expected a number",
        "`grids[0].iccc`: expected a known key",
        "`methods[1].engine.covarianc`: expected a known key; found an unknown one. Did you mean "
        "`covariance`?",
        "`methods[2].engine.name`: expected one of ols, mixed_models, two_level_sem",
        "`cells[0]`: `alliance_icc` is a share",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 4", "", "`seed`: expected an entry; found none"),
        ("seed = 4", "seed = ", "must be a TOML file"),
        ("mean_size = 20", "", "expected `teams` with `mean_size`, or `team_sizes`"),
        ("mean_size = 20", "mean_size = 20\norganizations = 5", "as many teams in each"),
        ("b = 0.4", "b = inf", "finite"),
        ("b = 0.4", "b = 1e308", "`grids[0].b`: expected a number at most 100"),
        ("[7, 14]", "[3, 14]", "`grids[0]`: There must be at least 5 clusters"),
        ("[7, 14]", "[7, 2]", "`grids[0]`: There must be at least 5 clusters"),
        (
            "[5, 6, 7, 8, 9, 10]\nteams_per_organization = [1, 1, 1, 1, 2]",
            "[9, 9]",
            "`cells[0]`: There must be at least 5 clusters",
        ),
        ('limits = "bc"', 'limit = "bc"', "Did you mean `limits`?"),
        ('name = "default"', 'name = "SEM"', "Every name of a method must be there once"),
        ('limits = "bc"', 'resample = "clients"', "`methods[1]`: Expected `ignores_clusters`"),
        ('interval = { name = "delta" }', 'interval = { name = "bootstrap" }', "two-level SEM has"),
        ("[1, 1, 1, 1, 2]", "[1, 1, 1, 1, 4]", "`cells[0]`"),
    ],
)
def test_each_problem_is_said(old, new, words):
    assert old in GOOD
    assert words in problems(GOOD.replace(old, new))


def test_no_cells_and_no_methods_are_said():
    assert "`methods`: expected an entry" in problems("seed = 1")
    method = '[[methods]]\nname = "default"\nengine = { name = "mixed_models" }\n'
    assert "expected at least one cell" in problems(f"seed = 1\n{method}")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SimulationError, match="cannot be read"):
        read_design(tmp_path / "design.toml")
    (tmp_path / "latin.toml").write_bytes(b"seed = 1 # \xe9")
    with pytest.raises(SimulationError, match="UTF-8"):
        read_design(tmp_path / "latin.toml")


def test_the_same_cell_twice_is_refused():
    cell = Cell(unequal_sizes(7, 10))
    with pytest.raises(SimulationError, match="Every cell must be there once"):
        Design(1, (cell, cell), (Method("default", med.MixedModels(), med.MonteCarlo()),))


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (
            'engine = { name = "mixed_models" }\ninterval = { name = "bootstrap" }',
            "needs at least 5 of them",
        ),
        (
            'engine = { name = "ols" }\ninterval = { name = "bootstrap", resample = "parametric" }',
            "clustered data are drawn from the model",
        ),
        (
            'engine = { name = "ols", covariance = "cr1" }\n'
            'interval = { name = "bootstrap", resample = "published" }',
            "drawn as published",
        ),
    ],
)
def test_what_the_package_refuses_the_laboratory_refuses(method, words):
    cells = "[[cells]]\nteams = 12\nmean_size = 8\norganizations = 4\n"
    assert words in problems(f'seed = 1\n{cells}[[methods]]\nname = "it"\n{method}\n')


def test_a_cell_is_judged_by_its_clusters_not_by_its_neighbour():
    both = "[[cells]]\nteams = 7\nmean_size = 5\nceiling_share = 0.99\n"
    both += "[[cells]]\nteams = 7\nmean_size = 5\n"
    method = '[[methods]]\nname = "it"\nengine = { name = "mixed_models" }\n'
    assert len(parse_design(f"seed = 1\n{both}{method}").cells) == 2
