"""The interval in words: which, why, on how many draws, how sure."""

import dataclasses
from types import SimpleNamespace

import pytest

import mediation as med
from mediation.inference.infer import INTERVALS
from mediation.inference.interval import NAN
from mediation.options import describe_options
from mediation.reporting.degrees_of_freedom import df_rule, df_table
from mediation.reporting.interval_words import (
    interval_kind,
    interval_name,
    interval_paragraphs,
    is_enumerated,
)
from mediation.vocabulary import BootstrapLimits, DrawDistribution, Resample

NOUNS = ("pupil", "pupils")
NORMAL = DrawDistribution.NORMAL
EVERY = (
    *(kind() for kind in INTERVALS),
    med.MonteCarlo(distribution=NORMAL),
    med.ProductDistribution(distribution=NORMAL),
    med.JointSignificance(distribution=NORMAL),
    med.Delta(distribution=DrawDistribution.T),
    *(med.Bootstrap(resample) for resample in Resample),
)


def declared_with(entry, interval, *, failures=(), **changes):
    """The first model of an entry, its numbers changed, as if by another interval."""
    cell = entry.cells[0]
    result = cell.result
    rows = [
        dataclasses.replace(row, value=dataclasses.replace(row.value, **changes))
        for row in result.effects
    ]
    paths = [
        dataclasses.replace(row, value=dataclasses.replace(row.value, **changes))
        for row in result.paths
    ]
    changed = dataclasses.replace(
        result,
        interval=describe_options(interval),
        interval_label=interval.label,
        effects=tuple(rows),
        paths=tuple(paths),
        solution=SimpleNamespace(notes=(), failures=failures),
    )
    return dataclasses.replace(entry, cells=(dataclasses.replace(cell, result=changed),))


@pytest.fixture
def entry(make):
    return make.flat().entries[0]


@pytest.mark.parametrize("interval", EVERY, ids=describe_options)
def test_every_interval_has_its_reason_in_words(entry, interval):
    first, _ = interval_paragraphs(declared_with(entry, interval), NOUNS)
    name, _, why = first.removeprefix("Intervals: ").partition(". ")
    assert name.lower().split()[0] in interval.label.lower()
    assert len(why) > 50
    assert "{" not in why
    assert "client" not in first


def test_kinds_are_read_from_the_options(entry):
    found = [interval_kind(declared_with(entry, each).cells[0].result) for each in EVERY]
    assert len(set(found)) == len(found) - 1  # Bootstrap() is Bootstrap(Resample.CLUSTERS)
    assert ("MonteCarlo", "NORMAL") in found
    assert ("Delta", "NORMAL") in found
    assert ("Bootstrap", "PUBLISHED") in found


def test_names_are_in_the_nouns_of_the_study(entry):
    (cell,) = declared_with(entry, med.Bootstrap()).cells
    assert interval_name(cell.result, NOUNS) == "bootstrap of whole schools, percentile limits"
    (cell,) = declared_with(entry, med.Bootstrap(Resample.CLIENTS)).cells
    assert interval_name(cell.result, NOUNS) == "bootstrap of pupils, percentile limits"


def test_monte_carlo_error_of_the_headline(entry):
    shown = declared_with(entry, med.MonteCarlo(), limit_error=0.0031)
    _, drawn = interval_paragraphs(shown, NOUNS)
    assert drawn == (
        "With 20,000 draws, the limits of the headline rows would move by about ±0.0031 points "
        "with other draws (one standard error, the larger of the two limits)."
    )


def test_enumerated_resamples_have_no_error(entry):
    failures = (("no maximum", 16),)
    shown = declared_with(entry, med.Bootstrap(), n_draws=1700, failures=failures, df=NAN)
    assert is_enumerated(shown.cells[0].result)
    _, drawn = interval_paragraphs(shown, NOUNS)
    assert drawn == (
        "All 1,716 resamples of schools that there can be were estimated and weighted by their "
        "probability, so the limits have no Monte Carlo error. Could not be estimated and left "
        "out, 16 of 1,716 resamples: no maximum."
    )


def test_nothing_drawn(entry):
    shown = declared_with(entry, med.Delta(), n_draws=0)
    _, drawn = interval_paragraphs(shown, NOUNS)
    assert drawn == "Nothing is drawn for the headline rows, so they have no Monte Carlo error."


def test_correction_of_a_bootstrap_is_said(entry):
    plain, _ = interval_paragraphs(declared_with(entry, med.Bootstrap()), NOUNS)
    moved = declared_with(entry, med.Bootstrap(limits=BootstrapLimits.BC))
    assert "corrected for bias" in interval_paragraphs(moved, NOUNS)[0]
    assert "corrected for bias" not in plain


def test_a_bootstrap_uses_no_degrees_of_freedom(entry):
    shown = declared_with(entry, med.Bootstrap(), df=NAN)
    (said,) = df_rule(shown, {}, NOUNS)
    assert "no degrees of freedom are used" in said
    assert df_table(shown, {}, 1) is None
    normal = declared_with(entry, med.Delta(), df=float("inf"))
    (said,) = df_rule(normal, {}, NOUNS)
    assert "as if standard errors were known" in said
