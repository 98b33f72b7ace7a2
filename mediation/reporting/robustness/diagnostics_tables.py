"""Tables of the part on residuals, and which of its numbers are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mediation.estimation.residuals import ClusterEffects
from mediation.reporting.complementary import Mask, leave_one_out_check
from mediation.reporting.contents import Entry
from mediation.reporting.format import MISSING, number, p_value
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.robustness.leave_one_out_lines import shown_clusters
from mediation.reporting.wording import label, place_title, plural
from mediation.sensitivity.diagnostics_values import EquationDiagnostics

# Levels with more clusters are not drawn one by one.
MOST = 40


@dataclass(frozen=True, slots=True, eq=False)
class DiagnosedEquation:
    """One equation of one model: `place` names the model, `name` the left-hand side.

    `is_outcome` tells the equation of the outcome from those of the mediators.
    """

    place: str
    name: str
    is_outcome: bool
    of: EquationDiagnostics

    @property
    def title(self) -> str:
        """Model and equation in one."""
        return f"{self.name} ({self.place})" if self.name not in self.place else self.place


def equations_of(entry: Entry, labels: Mapping[str, str]) -> tuple[DiagnosedEquation, ...]:
    """List the equations of an entry, model by model."""
    found = []
    for cell in entry.cells:
        part = cell.robustness.diagnostics
        place = place_title(cell, labels)
        for each in () if part is None else part.equations:
            name = label(each.response, labels)
            found.append(DiagnosedEquation(place, name, each.response == cell.outcome, each))
    return tuple(found)


def shown_effects(
    each: EquationDiagnostics, minimum: int
) -> Iterator[tuple[ClusterEffects, tuple[int, ...]]]:
    """Give every level of at most 40 clusters with the places of those that are shown.

    A cluster of a few people is not: its effect is close to their mean. An interval tells how many
    people a cluster has; where some clusters are hidden, larger ones that hold them are too.
    """
    few = [effects for effects in each.effects if len(effects.sizes) <= MOST]
    hidden = [_hidden(effects, minimum) for effects in few]
    if any(mask.any() for mask in hidden):
        few, hidden = few[-1:], hidden[-1:]
    for effects, mask in zip(few, hidden, strict=True):
        order = sorted(
            (k for k in range(len(mask)) if not mask[k]),
            key=lambda k: (len(effects.clusters[k]), effects.clusters[k]),
        )
        yield effects, tuple(order)


def _hidden(effects: ClusterEffects, minimum: int) -> Mask:
    sizes = [int(size) for size in effects.sizes]
    return leave_one_out_check(sum(sizes), [sum(sizes) - size for size in sizes], minimum)


def residuals_table(entry: Entry, found: tuple[DiagnosedEquation, ...], position: int) -> HtmlTable:
    """Build the table of what is left over by each equation."""
    tested = next((e.of.test for e in found if e.of.test is not None), None)
    clusters = plural(tested.level) if tested is not None else "clusters"
    heads = (
        "Skewness",
        "Kurtosis",
        "Points outside the band",
        "SD at the lowest and highest fitted values",
        f"Largest over smallest SD of {clusters}",
        f"p, equal spread of {clusters}",
    )
    body = []
    for each in found:
        bins, spread, test = each.of.quantiles, each.of.spread, each.of.test
        ends = MISSING
        if spread is not None:
            ends = f"{number(float(spread.sds[0]), 1)}, {number(float(spread.sds[-1]), 1)}"
        body.append(
            (
                each.name,
                number(each.of.skewness, 2),
                number(each.of.kurtosis, 2),
                MISSING if bins is None else f"{bins.n_outside} of {len(bins.found)}",
                ends,
                MISSING if test is None else number(test.ratio, 1),
                MISSING if test is None else p_value(test.p_value),
            )
        )
    return HtmlTable(
        f"diagnostics-{position}",
        f"{entry.name}: residuals of the equations",
        ("Equation of", *heads),
        frozenset(heads),
        tuple(body),
        tuple(each.place for each in found),
        "Skewness and kurtosis are zero for normal residuals. p is that of Brown and Forsythe's "
        "test, with the clusters of three rows or more; the ratio is that of clusters of fifteen "
        "or more.",
    )


def cook_table(
    entry: Entry, labels: Mapping[str, str], minimum: int, position: int
) -> HtmlTable | None:
    """Build the table of the largest Cook's distance of each level; None without any."""
    body, groups = [], []
    for cell in entry.cells:
        part = cell.robustness.leave_one_out
        if part is None:
            continue
        shown = [part.without[k] for k in shown_clusters(part, minimum)]
        for level in part.levels:
            cutoff = part.cutoff(level) ** 2
            named = [each for each in shown if each.level == level and not math.isnan(each.cook)]
            named.sort(key=lambda each: -each.cook)
            for each in named[:1]:
                beyond = "beyond" if each.cook > cutoff else "within"
                body.append((each.cluster, number(each.cook, 2), number(cutoff, 2), beyond))
                groups.append(place_title(cell, labels))
    if not body:
        return None
    heads = ("Cook's distance", "4/J")
    return HtmlTable(
        f"diagnostics-cook-{position}",
        f"{entry.name}: the clusters that move the paths a and b most",
        ("Left out", *heads, "Cutoff"),
        frozenset(heads),
        tuple(body),
        tuple(groups),
        "Distance of a and b (within clusters) without the cluster from those of all rows, in "
        "squared standard errors of the rest, by the number of paths; the cutoff 4/J is that of "
        "Van der Meer, te Grotenhuis and Pelzer (2010). Of each level the cluster with the largest "
        "distance; results.json has all.",
    )
