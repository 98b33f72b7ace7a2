"""The path diagram of a result: which variables stand where, and what their arrows say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mediation.estimation.paths import EquationSummary
from mediation.inference.result import MediationResult
from mediation.reporting.diagram.coefficients import Coefficient, coefficient_of
from mediation.reporting.diagram.options import DiagramOptions
from mediation.reporting.diagram.specification import (
    Arrow,
    Frame,
    LevelLine,
    Node,
    PathDiagram,
    Shape,
)
from mediation.reporting.diagram.words import IN_CAPTION, effect_line, rule_of_arrows
from mediation.reporting.format import decimals_for, number
from mediation.reporting.wording import innermost, is_split, label, plural
from mediation.vocabulary import Level, PathName

# Engines in which the mean of a cluster is not that of its rows but a latent variable.
_LATENT_MEANS = "TwoLevelSEM"


@dataclass(slots=True)
class _Draft:
    """A diagram of a result while it grows, row by row of the grid."""

    result: MediationResult
    labels: Mapping[str, str]
    options: DiagramOptions
    nodes: list[Node] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    level_lines: list[LevelLine] = field(default_factory=list)

    @property
    def predictor(self) -> str:
        return self.result.fit.model.predictor

    @property
    def outcome(self) -> str:
        return self.result.fit.model.outcome

    def coefficient(
        self, path: PathName, mediator: str | None, level: Level | None = None
    ) -> Coefficient:
        return coefficient_of(self.result, path, mediator, level, self.options)

    def join(self, tail: str, head: str, found: Coefficient, name: str) -> None:
        self.arrows.append(Arrow(tail, head, found.text, found.below, found.solid, name))


def diagram_of(
    result: MediationResult,
    labels: Mapping[str, str] | None = None,
    options: DiagramOptions | None = None,
) -> PathDiagram:
    """Make the path diagram of a result.

    Arrows run in rows of their own between a tall predictor and a tall outcome, so that no two
    cross. A mediator with a slope inside clusters and one between them is a frame around its two
    parts, with a dashed line between the levels; its means are ellipses where they are latent.

    Parameters
    ----------
    result : MediationResult
    labels : mapping of str to str, optional
        Labels of the columns; a column without one is named by its words.
    options : DiagramOptions, optional

    Returns
    -------
    PathDiagram

    Raises
    ------
    ReportError
        If it is to be standardised and a standard deviation is not known.
    """
    draft = _Draft(result, labels or {}, options or DiagramOptions())
    model = result.fit.model
    split = any(is_split(result, name) for name in model.mediators)
    latent = _measurements(result)
    lane = (draft.predictor, *("",) * _n_columns(draft, latent), draft.outcome)
    if split:
        draft.rows.append(lane)
    for name in model.mediators:
        if is_split(result, name):
            _add_split(draft, name)
        else:
            _add_single(draft, name, latent.get(name), len(lane) - 2)
    if not split:
        draft.rows.append(lane)
    draft.join(draft.predictor, draft.outcome, draft.coefficient(PathName.C_PRIME, None), "c-prime")
    ends = [_end_node(draft, split=split, predictor=each) for each in (True, False)]
    nodes = (ends[0], *draft.nodes, ends[1])
    is_latent = any(node.shape is Shape.ELLIPSE for node in nodes)
    return PathDiagram(
        tuple(draft.rows),
        nodes,
        tuple(draft.arrows),
        tuple(draft.frames),
        tuple(draft.level_lines),
        caption=tuple(
            effect_line(result, row, draft.labels, draft.options)
            for row in result.effects
            if row.effect in IN_CAPTION
        ),
        rule=rule_of_arrows(result, draft.labels, draft.options, latent=is_latent),
    )


def _add_split(draft: _Draft, name: str) -> None:
    """Add a mediator as a frame around its part between and its part within clusters."""
    result = draft.result
    cluster = innermost(result) or ""
    outer = (result.fit.model.split_at or (cluster,))[0].replace("_", " ")
    alone = len(result.fit.model.mediators) == 1
    levels = f"between {plural(outer)}", f"within {plural(cluster)}"
    rest = "deviation from it" if outer == cluster else f"deviation from {cluster} mean"
    shape = Shape.ELLIPSE if result.fit.engine.startswith(_LATENT_MEANS) else Shape.BOX
    means, inside, frame = (f"{name} {end}" for end in ("(between)", "(within)", "(frame)"))
    # One line says the levels once; with several, each part says its own.
    tags = ("", "") if alone else levels
    draft.nodes.append(Node(means, f"{outer} mean", shape, tags[0]))
    draft.nodes.append(Node(inside, rest, shape, tags[1]))
    draft.frames.append(Frame(frame, label(name, draft.labels), (means, inside)))
    # A predictor constant inside clusters has no place on the level within.
    is_outside = alone and not result.fit.predictor_varies
    draft.rows.append((draft.predictor, means, draft.outcome))
    draft.level_lines.append(LevelLine(len(draft.rows) - 1, *(levels if alone else ("", ""))))
    draft.rows.append(("" if is_outside else draft.predictor, inside, draft.outcome))
    draft.join(draft.predictor, frame, draft.coefficient(PathName.A, name), f"a-{name}")
    for part, level in ((means, Level.BETWEEN), (inside, Level.WITHIN)):
        found = draft.coefficient(PathName.B, name, level)
        draft.join(part, draft.outcome, found, f"b-{level.value}-{name}")


def _add_single(
    draft: _Draft, name: str, measurement: EquationSummary | None, n_columns: int
) -> None:
    """Add a mediator of one slope, with its items above it if they are asked for."""
    shape = Shape.BOX if measurement is None else Shape.ELLIPSE
    draft.nodes.append(Node(name, label(name, draft.labels), shape))
    if measurement is not None and draft.options.items:
        items = [item for item, *_ in measurement.coefficients]
        # Predictor and outcome stay one rectangle each unless the items stand above them all.
        first = not any(draft.predictor in row for row in draft.rows)
        ends = ("", "") if first else (draft.predictor, draft.outcome)
        gaps = ("",) * (n_columns - len(items))
        draft.rows.append((ends[0], *items, *gaps, ends[1]))
        raw = draft.options.standardize_by is None
        loadings = measurement.coefficients if raw else measurement.contrasts
        for item, (_, loading, *_) in zip(items, loadings, strict=True):
            draft.nodes.append(Node(item, label(item, draft.labels)))
            text = number(loading, decimals_for(abs(loading)))
            draft.arrows.append(Arrow(name, item, text, name=f"loading-{item}"))
    draft.rows.append((draft.predictor, *(name,) * n_columns, draft.outcome))
    draft.join(draft.predictor, name, draft.coefficient(PathName.A, name), f"a-{name}")
    draft.join(name, draft.outcome, draft.coefficient(PathName.B, name), f"b-{name}")


def _measurements(result: MediationResult) -> dict[str, EquationSummary]:
    """Find the measurement of each latent mediator."""
    found = {}
    for equation in result.fit.equations:
        name, sign, _ = equation.label.partition(" =~ ")
        if sign:
            found[name] = equation
    return found


def _n_columns(draft: _Draft, latent: dict[str, EquationSummary]) -> int:
    """Columns of the mediators: as many as the longest row of items."""
    if not draft.options.items:
        return 1
    return max((len(each.coefficients) for each in latent.values()), default=1)


def _end_node(draft: _Draft, *, split: bool, predictor: bool) -> Node:
    """Make the predictor or the outcome, with the level it speaks of."""
    fit = draft.result.fit
    name = draft.predictor if predictor else draft.outcome
    cluster = innermost(draft.result)
    tag = ""
    if split and cluster is not None:
        tag = f"within and between {plural(cluster)}"
        if predictor:
            level = fit.predictor_level or cluster
            tag = f"between {plural(level)}" + (", over time" if fit.predictor_varies else "")
    return Node(name, label(name, draft.labels), tag=tag)
