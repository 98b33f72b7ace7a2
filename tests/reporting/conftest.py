"""A factory of report contents with numbers chosen by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.paths import Counts, EquationSummary, Fit, PathEstimates, Scale
from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult, PathEstimate
from mediation.linkage.table import AnalysisTable, FlowStep, ParticipantFlow, WavePair
from mediation.model import MediationModel, Parameter
from mediation.reporting.contents import Cell, Entry, ReportContents, Variable
from mediation.vocabulary import (
    Convergence,
    EffectName,
    EffectStatus,
    Level,
    PathName,
)

NAN = math.nan
LABELS = {
    "MonteCarlo": "Monte Carlo, t draws",
    "Bootstrap": "bootstrap of whole outermost clusters, percentile limits",
}
VERSIONS = (("mediation", "0.1.0"), ("numpy", "2.4.6"))


def number_of(estimate, std_error, df=11.0, interval="MonteCarlo", n_draws=20_000):
    """A row whose limits are two standard errors away."""
    return Estimate(
        estimate,
        std_error,
        df,
        estimate - 2 * std_error,
        estimate + 2 * std_error,
        0.0342 if abs(estimate) > 2 * std_error else 0.412,
        interval,
        n_draws,
    )


NOTHING = Estimate(NAN, NAN, NAN, NAN, NAN, NAN, "MonteCarlo", 20_000)


def result_of(
    *,
    predictor="fidelity",
    mediators=("alliance",),
    outcome="quality_of_life",
    clusters=("organization", "team"),
    counts=(243, ((("organization", 7)), ("team", 14))),
    scale=1.0,
    error=0.05,
    varying=False,
    engine=("MixedModels", "mixed models by REML, random intercepts, Kenward-Roger"),
    covariates=("age",),
    broken=False,
    boundary=False,
    interval="MonteCarlo(n_draws=20000)",
):
    """A result with a = 0.5 scale, b within = 0.4, b between = 0.7, c' = 0.1 scale."""
    outer = Level.BETWEEN if clusters else Level.SINGLE
    n_clients, by_level = counts if clusters else (counts[0], ())
    parameters, values, equation = [], [], []

    def add(path, level, mediator, value, index):
        parameters.append(Parameter(path, level, mediator))
        values.append(value)
        equation.append(index)

    n_mediators = len(mediators)
    for index, mediator in enumerate(mediators):
        add(PathName.A, outer, mediator, 0.5 * scale, index)
    for mediator in mediators:
        if clusters:
            add(PathName.B, Level.WITHIN, mediator, 0.4, n_mediators)
            add(PathName.B, Level.BETWEEN, mediator, 0.7, n_mediators)
        else:
            add(PathName.B, Level.SINGLE, mediator, 0.45, n_mediators)
    add(PathName.C_PRIME, outer, None, 0.1 * scale, n_mediators)
    add(PathName.TOTAL, outer, None, 0.45 * scale, n_mediators + 1)
    n_paths = len(parameters)
    df = 11.0 if clusters else math.inf
    estimates = tuple(
        PathEstimate(
            p.path,
            p.level,
            p.mediator,
            NOTHING if broken else number_of(v, error * max(1.0, abs(scale)), df, "t", 0),
        )
        for p, v in zip(parameters, values, strict=True)
    )

    def effect(name, level, mediator, value, status=EffectStatus.DEFINED):
        bare = status is not EffectStatus.DEFINED or broken
        row = NOTHING if bare else number_of(value, error * max(1.0, abs(scale)), df)
        return EffectEstimate(name, level, mediator, status, row)

    effects = []
    undefined = EffectStatus.VARYING_PREDICTOR if varying else EffectStatus.DEFINED
    for mediator in mediators:
        if clusters:
            effects += [
                effect(EffectName.INDIRECT, Level.WITHIN, mediator, 0.2 * scale),
                effect(EffectName.CONTEXTUAL, Level.BETWEEN, mediator, 0.15 * scale, undefined),
                effect(EffectName.INDIRECT, Level.BETWEEN, mediator, 0.35 * scale, undefined),
            ]
        else:
            effects.append(effect(EffectName.INDIRECT, Level.SINGLE, mediator, 0.225 * scale))
    effects += [
        effect(EffectName.DIRECT, outer, None, 0.1 * scale),
        effect(EffectName.TOTAL, outer, None, 0.45 * scale),
        effect(EffectName.PROPORTION_MEDIATED, outer, None, NAN, EffectStatus.TOTAL_COVERS_ZERO),
    ]
    terms = " + ".join((predictor, *covariates))
    convergence = Convergence.BOUNDARY if boundary else Convergence.CONVERGED
    summary = [
        EquationSummary(
            f"{left} ~ {terms}{extra}",
            ((predictor, 0.5 * scale, error, df),),
            (*((f"between {c}", 0.25) for c in clusters), ("residual", 4.0)),
            convergence,
        )
        for left, extra in (
            *((m, "") for m in mediators),
            (outcome, "".join(f" + {m} (within) + {m} (between)" for m in mediators)),
            (outcome, ""),
        )
    ]
    fit = Fit(
        model=MediationModel(predictor, mediators, outcome, covariates, clusters=clusters),
        engine=engine[0],
        engine_label=engine[1],
        paths=PathEstimates(
            tuple(parameters),
            np.array(values),
            np.eye(n_paths),
            np.full(n_paths, df),
            tuple(equation),
            (False,) * n_paths,
        ),
        equations=tuple(summary),
        counts=Counts(n_clients, 14 if clusters else n_clients, by_level, 12),
        predictor_level=clusters[-1] if clusters else None,
        predictor_varies=varying,
        time_adjusted=varying,
        not_identified=frozenset(),
        scales=(
            Scale(predictor, 0.4, 0.3),
            *(Scale(m, 9.0, 2.0) for m in mediators),
            Scale(outcome, 20.0, 5.0),
        ),
        total_gap=NAN if varying else 1e-3,
        notes=("Calendar time is in all equations.",) if varying else (),
        models_clusters=bool(clusters),
        df_label="Kenward-Roger",
    )
    return MediationResult(
        fit,
        tuple(effects),
        estimates,
        interval=interval,
        interval_label=LABELS[interval.split("(")[0]],
        conf_level=0.95,
        seed=20220503,
        versions=VERSIONS,
    )


BLIND = ("OLS", "ordinary least squares (does not model clustering)")


def cell_of(outcome, waves, *, scale=1.0, error=0.05, wide=False, **options):
    main = result_of(outcome=outcome, scale=scale, error=error * (4 if wide else 1), **options)
    flat = {**options, "clusters": (), "varying": False}
    blind = result_of(outcome=outcome, scale=scale, error=error, engine=BLIND, **flat)
    other = result_of(outcome=outcome, scale=0.8 * scale, error=error, **options)
    flow = ParticipantFlow(
        (
            FlowStep("Enrolled", 311, 0, ""),
            FlowStep("Interviewed for the mediator", 283, 28, "no interview"),
            FlowStep("Fidelity linked", 281, 2, "before the first assessment"),
            FlowStep("Interviewed for the outcome", 255, 26, "no interview"),
            FlowStep("Analyzed", 243, 12, "a covariate is missing"),
        )
        if waves
        else (FlowStep("Rows", 9679, 0, ""), FlowStep("Analyzed", 9679, 0, "")),
        ((0.0, 311), (4.5, 283), (9.0, 270), (13.5, 250), (18.0, 3)) if waves else (),
    )
    table = AnalysisTable(pd.DataFrame({"x": [1.0]}), waves)
    limits = {"interval": "Bootstrap(n_resamples=2000)", "engine": BLIND}
    again = result_of(outcome=outcome, scale=scale, error=error, **{**options, **limits})
    others = (("least squares, bootstrap of whole clusters", again),)
    alternatives = (("fidelity of the last assessment before the interview", other),)
    p_holm = (0.068,) * len(main.fit.model.mediators)
    return Cell(
        outcome,
        waves,
        main,
        blind,
        others=others,
        alternatives=alternatives if waves else (),
        table=table,
        flow=flow,
        headline_p_holm=p_holm,
    )


def fidelity_frame(n_organizations=7, per=2):
    rows = [
        (f"Team {chr(65 + per * o + t)}", f"Organization {chr(65 + o)}", m, score)
        for o in range(n_organizations)
        for t in range(per)
        for m, score in zip(
            (0.0, 6.2, 12.1, 18.3, 24.0, 36.4),
            np.clip(2.6 + 0.1 * o + 0.15 * t + np.array([0, 0.4, 0.6, 0.8, 0.9, 1.0]), 1, 5),
            strict=True,
        )
    ]
    return pd.DataFrame(rows, columns=["cluster", "organization", "months", "score"])


def score_frame(specification, waves):
    """Counts of a bell over each scale, with a fifth at the top of the first."""
    rows = []
    for position, (name, low, high) in enumerate(specification):
        for index, wave in enumerate(waves):
            values = np.arange(low, high + 1)
            center = low + (0.8 if position == 0 else 0.55) * (high - low)
            weight = np.exp(-0.5 * ((values - center) / (0.15 * (high - low))) ** 2)
            counts = np.floor((290 - 15 * index) * weight / weight.sum()).astype(int)
            counts[-1] += 60 if position == 0 else 0
            rows += [
                (name, wave, float(v), int(c)) for v, c in zip(values, counts, strict=True) if c
            ]
    return pd.DataFrame(rows, columns=["variable", "wave", "value", "count"])


VARIABLES = (
    Variable("fidelity", "SMCM fidelity", 1.0, 5.0),
    Variable("alliance", "Working alliance", 24.0, 96.0),
    Variable("quality_of_life", "Quality of life", 20.0, 140.0),
    Variable("hope", "Hope", 12.0, 48.0),
    Variable("community_functioning", "Community functioning", 17.0, 85.0),
    Variable("age", "Age", None, None),
)


def contents_of(**changes):
    base = {
        "title": "Fidelity, alliance and outcomes",
        "is_synthetic": True,
        "note": "Invented data with a known answer.",
        "row_noun": ("client", "clients"),
        "variables": VARIABLES,
        "clusters": ("organization", "team"),
        "n_rows": 311,
        "n_by_level": (("organization", 7), ("team", 14)),
        "entries": (),
        "fidelity": None,
        "scores": None,
        "minimum_cell": 5,
        "warnings": (),
        "changes": (),
        "truth": None,
        "seed": 20220503,
        "input_hash": "ab" * 32,
        "versions": VERSIONS,
    }
    return ReportContents(**{**base, **changes})


def study():
    """Three outcomes, two pairs of waves, fidelity varying inside teams."""
    pairs = (WavePair(4.5, 9.0), WavePair(13.5, 18.0))
    outcomes = ("quality_of_life", "hope", "community_functioning")
    cells = tuple(
        cell_of(
            outcome,
            waves,
            scale=(1 - 0.3 * index) * (1 if waves.outcome == 9 else 0.5),
            wide=waves.outcome == 18,
            varying=True,
            boundary=index == 2,
        )
        for index, outcome in enumerate(outcomes)
        for waves in pairs
    )
    truth = {
        outcome: {
            "a": 0.5,
            "b_within": 0.4,
            "c_prime": 0.1,
            "indirect_within": 0.2,
            "total": 0.45,
            "b_between_manifest": {"4.5-9": 0.6, "13.5-18": 0.61},
        }
        for outcome in outcomes
    }
    return contents_of(
        entries=(Entry("Fidelity, alliance and outcomes", ("indirect", "within"), cells),),
        fidelity=fidelity_frame(),
        scores=score_frame(
            (
                ("alliance", 24, 96),
                ("quality_of_life", 20, 140),
                ("hope", 12, 48),
                ("community_functioning", 17, 85),
            ),
            (0.0, 4.5, 9.0, 13.5, 18.0),
        ),
        warnings=("With 14 teams, tests of fidelity have at most 11 degrees of freedom.",),
        truth={"seed": 1, "effects": truth},
    )


def flat():
    """Pupils in schools, one outcome, no interviews, a predictor constant inside schools."""
    counts = (9679, (("school", 568),))
    cell = cell_of(
        "score",
        None,
        predictor="catholic",
        mediators=("late",),
        clusters=("school",),
        counts=counts,
        covariates=(),
    )
    return contents_of(
        title="Catholic schools, lateness and scores",
        is_synthetic=False,
        note="A numerical example.",
        row_noun=("pupil", "pupils"),
        variables=(
            Variable("catholic", "Catholic school", None, None),
            Variable("late", "Late for school", 0.0, 7.0),
            Variable("score", "Test score", None, None),
        ),
        clusters=("school",),
        n_rows=9679,
        n_by_level=(("school", 568),),
        entries=(Entry("Lateness", ("indirect", "within"), (cell,)),),
        scores=score_frame((("late", 0, 7), ("score", 20, 90)), (NAN,)),
    )


def ugly():
    """Markup in labels, labels of 30 wide letters, huge and tiny numbers, missing estimates."""
    names = {"predictor": "fidelity", "mediators": ("alliance", "hope")}
    cells = (
        cell_of("quality_of_life", None, scale=1e7, **names),
        cell_of("community_functioning", None, scale=1e-5, error=1e-7, **names),
        cell_of("age", None, broken=True, covariates=(), **names),
    )
    return contents_of(
        title="<script>alert(1)</script>",
        note="A note with <b>markup</b> & an ampersand",
        variables=(
            Variable("fidelity", "<script>alert('x')</script>", 1.0, 5.0),
            Variable("alliance", "W" * 30, 24.0, 96.0),
            Variable("hope", "Hope | and $x_1$ ^ signs", None, None),
            Variable("quality_of_life", "An outcome label of 30 letters", 20.0, 140.0),
            Variable("community_functioning", "M" * 15 + "<img src=x>", None, None),
        ),
        entries=(Entry("Entry <i>one</i>", ("indirect", "within"), cells),),
        warnings=("A warning with <script>alert(2)</script>",),
    )


@pytest.fixture(scope="session")
def make():
    """The factory: `make.study()`, `make.flat()`, `make.ugly()` and their parts."""
    return SimpleNamespace(
        study=study,
        flat=flat,
        ugly=ugly,
        contents=contents_of,
        cell=cell_of,
        result=result_of,
        number=number_of,
        scores=score_frame,
        fidelity=fidelity_frame,
        nothing=NOTHING,
    )
