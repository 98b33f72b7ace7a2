"""Checks of mediators and outcomes at the very waves where models use them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import NamedTuple

import pandas as pd

from mediation.study.entries import ModelEntry
from mediation.study.load import LoadedTables
from mediation.study.manifest import Manifest, TableRole
from mediation.study.model_checks import model_error, places
from mediation.study.problems import Problem, ProblemKind
from mediation.study.used_values import clusters_of, values_at
from mediation.study.wording import in_words, plural


class _Use(NamedTuple):
    """A column in its role, at a wave; None in a flat study."""

    role: str
    name: str
    wave: float | None

    @property
    def when(self) -> str:
        """Words for the wave, empty in a flat study."""
        return "" if self.wave is None else f" at {self.wave:g} months"


def _uses(manifest: Manifest, model: ModelEntry) -> tuple[_Use, ...]:
    """List mediators and outcomes with their waves, each once, without waves that are none."""
    if manifest.waves is None:
        return tuple(_Use("mediator", name, None) for name in model.mediators)
    known = manifest.waves.values
    uses = []
    for pair in model.waves:
        uses += [_Use("mediator", name, pair.mediator) for name in model.mediators]
        uses += [_Use("outcome", name, pair.outcome) for name in model.outcomes]
    return tuple(use for use in dict.fromkeys(uses) if use.wave in known)


def _differing(tables: LoadedTables, use: _Use) -> tuple[TableRole, pd.Series] | None:
    """Give the table and the values of a column that differs somewhere in its table.

    One that does not is reported once for the whole column.
    """
    role = tables.manifest.unit_role if use.wave is None else TableRole.INTERVIEWS
    everywhere = values_at(tables, role, use.name, None)
    values = values_at(tables, role, use.name, use.wave)
    if everywhere is None or values is None or everywhere.nunique() < 2:
        return None
    return role, values


def check_variance_at_waves(tables: LoadedTables) -> Iterator[Problem]:
    """Check that mediators and outcomes have values that differ at every wave of a model."""
    for place, model in places(tables.manifest):
        for use in _uses(tables.manifest, model):
            found = _differing(tables, use)
            n_values = 2 if found is None else found[1].nunique()
            if n_values > 1:
                continue
            yield model_error(
                ProblemKind.NO_VARIANCE, place, use.name,
                f"values of the {use.role} that differ{use.when}",
                "one value for everyone" if n_values else "no value for anyone",
                f"Correct the scores, or take another wave or another {use.role}.",
            )  # fmt: skip


def check_mediators_inside(tables: LoadedTables) -> Iterator[Problem]:
    """Check that mediators differ inside some innermost cluster, or there is no slope within."""
    noun = tables.manifest.study.row_noun[1]
    # Bringing clusters to a million interviews takes longer than the check itself.
    clusters_at = cache(partial(clusters_of, tables))
    for place, model in places(tables.manifest):
        for use in _uses(tables.manifest, model):
            if use.role != "mediator":
                continue
            found = _differing(tables, use)
            if found is None or not model.clusters:
                continue
            role, values = found
            inner = model.clusters[-1]
            clusters = clusters_at(role, inner)
            if clusters is None or values.nunique() < 2:
                continue
            counts = values.groupby(clusters.loc[values.index]).nunique()
            if len(counts) and (counts <= 1).all():
                word = in_words(inner)
                yield model_error(
                    ProblemKind.CONSTANT_INSIDE, place, use.name,
                    f"a mediator that differs between {noun} of one {word}{use.when}",
                    f"one value in each of the {plural(inner)}",
                    f"A mediator must differ between {noun} of one {word}: take a score of "
                    f"single {noun}, or leave `{inner}` out of the clusters if each {word} has "
                    "one row.",
                )  # fmt: skip
