"""Columns beside those of the model: scores at any wave, and the items of scores."""

from __future__ import annotations

from typing import Any

from mediation.arrays import IntArray
from mediation.errors import LinkageError
from mediation.linkage.interviews import Interviews, take_rows
from mediation.study.manifest import WAVE_TOLERANCE, Manifest, TableRole
from mediation.study.score_entries import item_column
from mediation.study.study import Study

AT = "@"


def auxiliary_columns(
    study: Study, interviews: Interviews | None, names: tuple[str, ...], known: tuple[str, ...]
) -> dict[str, Any]:
    """Take scores at the waves that their names say.

    Parameters
    ----------
    study : Study
    interviews : Interviews or None
        None for a flat study, which has no waves.
    names : tuple of str
        `<score>@<months>`, or columns among `known`.
    known : tuple of str
        Columns that the table has anyway.

    Returns
    -------
    dict of str to array
        The columns that are new, in the order of the clients.

    Raises
    ------
    LinkageError
        If a name is neither.
    """
    columns: dict[str, Any] = {}
    for name in names:
        if name in known:
            continue
        score, _, months = name.rpartition(AT)
        wave = _wave(study.manifest, months)
        if interviews is None or wave is None or score not in study.manifest.interview_scores:
            raise LinkageError(_unknown(study.manifest, name))
        columns[name] = take_rows(interviews.frame[score], interviews.at(wave))
    return columns


def item_columns(study: Study, rows: dict[str, IntArray]) -> dict[str, Any]:
    """Take the items of scores.

    Parameters
    ----------
    study : Study
    rows : dict of str to ndarray of int, shape (n_clients,)
        Score -> the interview of each client, -1 without one; scores of clients or of a flat
        study do not need it.

    Returns
    -------
    dict of str to array
        `<score>[<item>]`, in the order of the clients.

    Raises
    ------
    LinkageError
        If a name is no score made of items, or one of fidelity, which has no client.
    """
    columns: dict[str, Any] = {}
    for score, at in rows.items():
        entry = study.manifest.scores.get(score)
        if entry is None or not entry.items or entry.table == TableRole.FIDELITY.value:
            made = [
                name
                for name, each in study.manifest.scores.items()
                if each.items and each.table != TableRole.FIDELITY.value
            ]
            can_be = f"Name one of {', '.join(made)}." if made else "Leave them out."
            raise LinkageError(
                f"Items can be had of scores of clients under [scores.*]. Found `{score}`, which "
                f"is none. {can_be}"
            )
        frame = study.items(score)
        for item in frame.columns:
            is_at_wave = entry.table == TableRole.INTERVIEWS.value
            values = take_rows(frame[item], at) if is_at_wave else frame[item].array
            columns[item_column(score, str(item))] = values
    return columns


def _wave(manifest: Manifest, text: str) -> float | None:
    """Wave of the study that a text means, None if it means none."""
    try:
        months = float(text)
    except ValueError:
        return None
    known = manifest.waves.values if manifest.waves else ()
    return next((wave for wave in known if abs(wave - months) < WAVE_TOLERANCE), None)


def _unknown(manifest: Manifest, name: str) -> str:
    expected = "An auxiliary variable must be a column of the table"
    if manifest.waves is None:
        return f"{expected}. Found `{name}`. Name a column of the rows."
    waves = ", ".join(f"{wave:g}" for wave in manifest.waves.values)
    scores = ", ".join(manifest.interview_scores)
    return (
        f"{expected}, or a score and a wave such as alliance@9. Found `{name}`. Scores are "
        f"{scores}; waves are {waves}."
    )
