"""Names of variables, levels, effects and paths as readers see them."""

from __future__ import annotations

from collections.abc import Mapping

from mediation.inference.result import MediationResult
from mediation.linkage.table import WavePair
from mediation.model import Parameter
from mediation.reporting.contents import Cell, ReportContents
from mediation.reporting.format import PRIME, months, whole
from mediation.safe_text import printable
from mediation.vocabulary import EffectName, Level, PathName


def labels_of(contents: ReportContents) -> dict[str, str]:
    """Labels of the study's variables by column name."""
    return {variable.name: variable.label for variable in contents.variables}


def label(name: str, labels: Mapping[str, str]) -> str:
    """Name a column; the baseline of an interview score ends in `_0`.

    Examples
    --------
    >>> label("hope_0", {"hope": "Hope"}), label("calendar_months", {})
    ('Hope, baseline', 'Calendar months')
    """
    if name in labels:
        return printable(labels[name])
    base = name.removesuffix("_0")
    if base != name and base in labels:
        return printable(f"{labels[base]}, baseline")
    words = printable(name.replace("_", " ").strip())
    return words[:1].upper() + words[1:]


def plural(noun: str) -> str:
    """Plural of a regular English noun.

    Examples
    --------
    >>> [plural(noun) for noun in ("team", "agency", "class", "case_manager")]
    ['teams', 'agencies', 'classes', 'case managers']
    """
    noun = noun.replace("_", " ")
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def counted(count: int, noun: str) -> str:
    """Give a count with its noun.

    Examples
    --------
    >>> counted(14, "team"), counted(1, "team")
    ('14 teams', '1 team')
    """
    return f"{whole(count)} {noun.replace('_', ' ') if count == 1 else plural(noun)}"


def waves_text(waves: WavePair | None) -> str:
    """Give the two interviews of a model; empty for a study without interviews.

    Examples
    --------
    >>> waves_text(WavePair(4.5, 9.0)), waves_text(None)
    ('4.5 → 9 months', '')
    """
    if waves is None:
        return ""
    return f"{months(waves.mediator)} → {months(waves.outcome)} months"


def place_title(cell: Cell, labels: Mapping[str, str]) -> str:
    """Name a model of a grid by its outcome and interviews."""
    waves = waves_text(cell.waves)
    return label(cell.outcome, labels) + (f", {waves}" if waves else "")


def innermost(result: MediationResult) -> str | None:
    """Give the cluster inside which b within is, or None without clusters."""
    clusters = result.fit.model.split_at or result.fit.model.clusters
    return printable(clusters[-1].replace("_", " ")) if clusters else None


def is_split(result: MediationResult, mediator: str) -> bool:
    """Whether a mediator has a slope of its own inside clusters."""
    return Parameter(PathName.B, Level.WITHIN, mediator) in result.fit.paths.parameters


def level_text(level: Level, cluster: str | None) -> str:
    """Give a level with the noun of the clusters.

    Examples
    --------
    >>> level_text(Level.WITHIN, "team"), level_text(Level.SINGLE, None)
    ('within teams', 'clusters ignored')
    """
    if level is Level.SINGLE or cluster is None:
        return "clusters ignored"
    return f"{level.value} {plural(cluster)}"


def effect_text(effect: EffectName, level: Level, cluster: str | None) -> str:
    """Give an effect with its level where that is part of its meaning.

    Examples
    --------
    >>> effect_text(EffectName.INDIRECT, Level.WITHIN, "team")
    'Indirect, within teams'
    >>> effect_text(EffectName.CONTEXTUAL, Level.BETWEEN, "team")
    'Contextual, through the team mean'
    >>> effect_text(EffectName.TOTAL_INDIRECT, Level.WITHIN, "team")
    'Indirect, all mediators, within teams'
    """
    if effect is EffectName.PROPORTION_MEDIATED:
        return "Proportion mediated"
    if effect is EffectName.CONTEXTUAL:
        return f"Contextual, through the {cluster or 'cluster'} mean"
    name = {
        EffectName.INDIRECT: "Indirect",
        EffectName.TOTAL_INDIRECT: "Indirect, all mediators",
    }.get(effect, str(effect.value).capitalize())
    if name.startswith("Indirect") and cluster is not None and level is not Level.SINGLE:
        return f"{name}, {level_text(level, cluster)}"
    return name


def path_text(path: PathName, level: Level) -> str:
    """Give the symbol of a path, with its level for b.

    Examples
    --------
    >>> path_text(PathName.B, Level.WITHIN), path_text(PathName.C_PRIME, Level.BETWEEN)
    ('b within', 'c\u2032')
    """
    symbols: dict[PathName, str] = {PathName.C_PRIME: f"c{PRIME}", PathName.TOTAL: "c"}
    symbol = symbols.get(path, str(path.value))
    if path is PathName.B and level is not Level.SINGLE:
        return f"{symbol} {level.value}"
    return symbol
