"""Complete cases, full information and multiple imputation where the truth is known.

Run as `python -m benchmarks.missing_recovery`; writes `docs/missing.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

import mediation as med
from benchmarks.timing import median_seconds
from mediation.inference.pooling import estimate_imputed
from mediation.missing.imputation import Imputation, impute

PAGE = Path(__file__).parents[1] / "docs" / "missing.md"
SEED, N_STUDIES, N_DRAWS = 20_260, 1_000, 2_000
N_TEAMS, N_CLIENTS = 14, 311
MODEL = med.MediationModel(
    "fidelity", ("alliance",), "outcome", covariates=("baseline",), clusters=("team",)
)
A, B_WITHIN, CLIMATE, DIRECT, ICC = 0.3, 0.4, 0.4, 0.1, 0.05
TRUTH = {
    ("a", "between"): A,
    ("b", "within"): B_WITHIN,
    ("indirect", "within"): A * B_WITHIN,
    ("total", "between"): A * (B_WITHIN + CLIMATE) + DIRECT,
}


@dataclass(frozen=True, slots=True)
class World:
    """Why clients leave before the outcome.

    Attributes
    ----------
    words : str
    by_alliance, by_baseline, by_interim : float
        Log-odds of leaving per unit of each.
    intercept : float
        Set so that a quarter of the outcomes are missing.
    """

    words: str
    by_alliance: float
    by_baseline: float
    by_interim: float
    intercept: float


WORLDS = {
    "inside": World("alliance and baseline, which are in the model", -1.5, -1.0, 0.0, -1.8),
    "outside": World("an interim score that is not in the model", 0.0, 0.0, -2.0, -1.78),
}


def draw_study(world: World, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One study as it is and as it is seen."""
    team = np.sort(np.arange(N_CLIENTS) % N_TEAMS)
    fidelity = rng.normal(size=N_TEAMS)[team]
    of_team = A * fidelity + np.sqrt(ICC) * rng.normal(size=N_TEAMS)[team]
    baseline, alone, error = rng.normal(size=(3, N_CLIENTS))
    alliance = of_team + 0.3 * baseline + np.sqrt(1 - ICC) * alone
    outcome = DIRECT * fidelity + B_WITHIN * alliance + CLIMATE * of_team + 0.4 * baseline
    outcome += np.sqrt(ICC) * rng.normal(size=N_TEAMS)[team] + np.sqrt(1 - ICC) * error
    interim = 0.5 * alliance + 0.7 * error + 0.5 * rng.normal(size=N_CLIENTS)
    whole = pd.DataFrame(
        {
            "team": team,
            "fidelity": fidelity,
            "baseline": baseline,
            "alliance": alliance,
            "outcome": outcome,
            "interim": interim,
        }
    )
    skipped = rng.random(N_CLIENTS) < 0.1 / (1 + np.exp(baseline))
    seen = np.where(skipped, 0.0, alliance)
    logit = world.intercept + world.by_alliance * seen + world.by_baseline * baseline
    logit = logit + world.by_interim * interim
    leaves = rng.random(N_CLIENTS) < 1 / (1 + np.exp(-logit))
    return whole, whole.assign(
        alliance=np.where(skipped, np.nan, alliance), outcome=np.where(leaves, np.nan, outcome)
    )


def by_imputation(seen: pd.DataFrame, rng: np.random.Generator) -> med.MediationResult:
    imputed = impute(MODEL, seen, Imputation(auxiliary=("interim",)), rng)
    return med.infer(
        estimate_imputed(MODEL, imputed, med.MixedModels()), med.MonteCarlo(N_DRAWS), rng
    )


def by_engine(engine: object) -> Callable[..., med.MediationResult]:
    def work(frame: pd.DataFrame, rng: np.random.Generator) -> med.MediationResult:
        return med.infer(med.estimate(MODEL, frame, engine), med.MonteCarlo(N_DRAWS), rng)

    return work


METHODS: dict[str, Callable[..., med.MediationResult]] = {
    "nothing missing": by_engine(med.MixedModels()),
    "complete cases": by_engine(med.MixedModels()),
    "full information": by_engine(med.TwoLevelSEM()),
    "multiple imputation": by_imputation,
}


def analyze(name: str, number: int, methods: tuple[str, ...] = tuple(METHODS)) -> list[dict]:
    """Estimates of every method in one study, with whether their intervals hold the truth."""
    rng = np.random.default_rng([SEED, list(WORLDS).index(name), number])
    whole, seen = draw_study(WORLDS[name], rng)
    rows = []
    with threadpool_limits(1):
        for method in methods:
            result = METHODS[method](whole if method == "nothing missing" else seen, rng)
            effects = result.to_frame().set_index(["effect", "level"])
            paths = result.paths_frame().set_index(["path", "level"])
            for key, truth in TRUTH.items():
                row = (effects if key[0] in ("indirect", "total") else paths).loc[key]
                rows.append(
                    {
                        "world": name,
                        "method": method,
                        "quantity": " ".join(key),
                        "truth": truth,
                        "error": row.estimate - truth,
                        "covered": row.conf_low <= truth <= row.conf_high,
                        "missing": seen.outcome.isna().mean(),
                    }
                )
    return rows


def summarize(rows: pd.DataFrame) -> pd.DataFrame:
    """Bias with its Monte Carlo error, RMSE, and coverage with its own."""
    groups = rows.groupby(["world", "quantity", "method"], sort=False)
    error, covered = groups["error"], groups["covered"]
    table = pd.DataFrame(
        {
            "truth": groups["truth"].first(),
            "bias": error.mean(),
            "bias_error": error.std() / np.sqrt(error.count()),
            "rmse": error.agg(lambda e: np.sqrt(np.mean(e**2))),
            "coverage": covered.mean(),
        }
    )
    table["coverage_error"] = np.sqrt(table.coverage * (1 - table.coverage) / error.count())
    return table.reset_index()


HEADER = """# What is done about missing values, where the truth is known

Made by `python -m benchmarks.missing_recovery` (seed {seed}, a quarter of an hour of processor
time): {n:,} studies in each of two worlds, analysed in four ways.

- *nothing missing*: mixed models on the data before anybody left, to compare the others with.
- *complete cases*: mixed models on the rows without a missing value.
- *full information*: `TwoLevelSEM()` on all rows.
- *multiple imputation*: 50 imputations by `impute`, with the interim score as auxiliary column,
  mixed models in each, pooled by `estimate_imputed`.

Intervals are `MonteCarlo` at 95%. Bias and coverage have their Monte Carlo error in brackets; bias
beyond three of these errors is in bold.

## The worlds

{clients} clients in {teams} teams. All letters on the right are independent \
standard normal; f, s and
v belong to the team, the others to the client.

    fidelity  = f
    team      = {a} f + sqrt({icc}) s
    baseline  = z
    alliance  = team + 0.3 baseline + sqrt({rest}) e
    outcome   = {direct} fidelity + {b} alliance + {climate} team + 0.4 baseline
                + sqrt({icc}) v + sqrt({rest}) d
    interim   = 0.5 alliance + 0.7 d + 0.5 g

The slope of the outcome on the alliance is {b} inside teams and {between} between their true means,
a is {a}, the indirect effect within {indirect:g}, and the total effect {total:g}. The model has the
covariate baseline and the clusters team. An alliance is missing with probability
0.1 / (1 + exp(baseline)). Clients leave before the outcome with a log-odds that depends on observed
values alone (an alliance that is missing counts as 0):
"""

WORLD_TEXT = "- *{name}*, by {words}:\n  {equation}. Missing are {missing:.0%} of the outcomes."


def equation_of(world: World) -> str:
    terms = (
        (world.by_alliance, "alliance"),
        (world.by_baseline, "baseline"),
        (world.by_interim, "interim"),
    )
    return f"{world.intercept:g}" + "".join(f" - {-by:g} {n}" for by, n in terms if by)


def write_page(rows: pd.DataFrame, seconds: tuple[float, float]) -> str:
    """Give the page in Markdown."""
    text = HEADER.format(
        seed=SEED,
        n=N_STUDIES,
        clients=N_CLIENTS,
        teams=N_TEAMS,
        a=A,
        icc=ICC,
        rest=1 - ICC,
        direct=DIRECT,
        b=B_WITHIN,
        climate=CLIMATE,
        between=B_WITHIN + CLIMATE,
        indirect=TRUTH["indirect", "within"],
        total=TRUTH["total", "between"],
    )
    missing = rows.groupby("world").missing.mean()
    text += "\n" + "\n".join(
        WORLD_TEXT.format(
            name=name, words=world.words, equation=equation_of(world), missing=missing[name]
        )
        for name, world in WORLDS.items()
    )
    table = summarize(rows)
    for name in WORLDS:
        text = f"{text.rstrip()}\n\n## Clients leave by what is {name} the model\n\n"
        text += "| quantity | truth | method | bias | RMSE | coverage |\n"
        text += "|---|---:|---|---:|---:|---:|\n"
        for row in table[table.world == name].itertuples():
            bias = f"{row.bias:+.3f} ({row.bias_error:.3f})"
            bias = f"**{bias}**" if abs(row.bias) > 3 * row.bias_error else bias
            text += (
                f"| {row.quantity} | {row.truth:.3g} | {row.method} | {bias} | {row.rmse:.3f} "
                f"| {row.coverage:.3f} ({row.coverage_error:.3f}) |\n"
            )
    return text.rstrip() + "\n\n" + FOOTER.format(impute=seconds[0], fit=seconds[1])


FOOTER = """## How to read it

Selection by what is inside the model leaves the slope b of complete cases alone, since the equation
of the outcome holds what selection goes by, but a and the total effect are those of a sample from
which clients with weak alliances have gone. Full information and imputation both bring them back.
Selection by the interim score, which knows the outcome's own error, distorts b as well, and only a
method that is told of the score can undo it: here the imputation, through `auxiliary`.

## Time

50 imputations of 20 iterations of the synthetic study (311 clients, 14 teams in 7 organizations, 11
columns) take {impute:.1f} s on one core, the 50 fits of mixed models and their pooling {fit:.1f} s.
"""


def time_imputation() -> tuple[float, float]:
    """Median seconds of 50 imputations of the shipped study, and of fitting and pooling them."""
    study = med.load_study(Path(__file__).parents[1] / "data" / "synthetic" / "study.toml")
    table = med.link(study)
    model = med.MediationModel(
        "fidelity",
        ("alliance",),
        "quality_of_life",
        covariates=("quality_of_life_0", "age", "gender", "tenure"),
        clusters=("organization", "team"),
    )
    frame = table.frame.drop(columns="fidelity").assign(
        fidelity=lambda d: d.team.map(table.frame.groupby("team").fidelity.mean())
    )
    options = Imputation(auxiliary=("hope", "alliance_0", "community_functioning", "hope_0"))
    imputed = impute(model, frame, options, np.random.default_rng(1))
    return (
        median_seconds(lambda: impute(model, frame, options, np.random.default_rng(1)), 5),
        median_seconds(lambda: estimate_imputed(model, imputed, med.MixedModels()), 5),
    )


def main() -> None:
    work = [delayed(analyze)(name, number) for name in WORLDS for number in range(N_STUDIES)]
    rows = pd.DataFrame(row for study in Parallel(n_jobs=2)(work) for row in study)
    PAGE.write_text(write_page(rows, time_imputation()), encoding="utf-8")
    print(f"{PAGE.name} written")


if __name__ == "__main__":
    main()
