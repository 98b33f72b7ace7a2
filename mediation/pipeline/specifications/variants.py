"""The study as it would be with other choices of linkage and scoring."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from mediation.instruments.scoring import score
from mediation.study.entries import LinkageEntry
from mediation.study.manifest import TableRole
from mediation.study.specification_entry import ScoringChoice
from mediation.study.study import Study


def relinked(study: Study, linkage: LinkageEntry | None) -> Study:
    """Give the study with another linkage of fidelity.

    Parameters
    ----------
    study : Study
    linkage : LinkageEntry or None

    Returns
    -------
    Study
    """
    return replace(study, manifest=study.manifest.model_copy(update={"linkage": linkage}))


def rescored(study: Study, choice: ScoringChoice) -> Study:
    """Give the study with the scales of its interviews scored otherwise.

    Parameters
    ----------
    study : Study
    choice : ScoringChoice
        Of every scale that is made of items; what it leaves out stays.

    Returns
    -------
    Study
    """
    given = {name: value for name, value in dict(choice).items() if value is not None}
    if not given:
        return study
    manifest, role = study.manifest, TableRole.INTERVIEWS
    scores, columns = dict(manifest.scores), {}
    for name, entry in manifest.scores.items():
        if not entry.items or entry.table != role.value:
            continue
        changed = scores[name] = entry.model_copy(update=given)
        columns[name] = score(
            manifest.instrument(name),
            study.items(name).to_numpy(dtype=float),
            changed.metric,
            changed.subscale,
            changed.max_missing,
        ).values
    frames = {each: study.frame(each) for each in manifest.roles}
    frames[role] = frames[role].assign(**columns)
    manifest = manifest.model_copy(update={"scores": MappingProxyType(scores)})
    return replace(study, manifest=manifest, _frames=tuple(frames.items()))


def width_of(study: Study, name: str) -> float:
    """Give the width of the scale of a score, which tells its unit; 1 where it has no ends."""
    limits = study.variable(name).range
    return 1.0 if limits is None else limits[1] - limits[0]
