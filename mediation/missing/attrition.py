"""Who missed interviews or left: compared at baseline with those who were interviewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import BoolArray, IntArray
from mediation.errors import LinkageError, SpecificationError
from mediation.linkage.link import link
from mediation.linkage.table import WavePair
from mediation.missing.baseline import Comparison, compare
from mediation.missing.patterns import is_small
from mediation.study.manifest import (
    BASELINE_SUFFIX,
    CLIENT,
    DATE,
    ENROLLED,
    WAVE,
    WAVE_TOLERANCE,
    TableRole,
)
from mediation.study.study import Study

# Fewer clusters than these have a lowest, a middle and a highest share that are all of them.
_FEWEST_CLUSTERS = 3


@dataclass(frozen=True, slots=True)
class ClusterShares:
    """Shares of clients not interviewed at a wave, over clusters without small counts.

    Attributes
    ----------
    n_clusters : int
        With no small count of clients interviewed, and none of clients not interviewed.
    low, median, high : float
    """

    n_clusters: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many clients were interviewed at a wave after the first; None where it stays hidden.

    Attributes
    ----------
    wave : float
    n_interviewed, n_missed : int or None
    n_back, n_gone : int or None
        Of those missed: interviewed again at a later wave, and never again.
    clusters : ClusterShares or None
    """

    wave: float
    n_interviewed: int | None
    n_missed: int | None
    n_back: int | None
    n_gone: int | None
    clusters: ClusterShares | None


@dataclass(frozen=True, slots=True)
class Attrition:
    """Interviews missed after the first wave, and who missed them.

    Attributes
    ----------
    n_clients : int
        All clients of the study, interviewed at the first wave or not.
    minimum_cell : int
    predictor : str
    cluster : str
        The cluster at which the predictor is scored.
    n_clusters : int
    attendance : tuple of Attendance
        One for each wave after the first.
    comparisons : tuple of Comparison
        By wave, then by variable. Left out is what would show a small group of clients, or a
        small difference between the groups of two waves.
    """

    n_clients: int
    minimum_cell: int
    predictor: str
    cluster: str
    n_clusters: int
    attendance: tuple[Attendance, ...]
    comparisons: tuple[Comparison, ...]


def attrition(study: Study, columns: Sequence[str] | None = None) -> Attrition:
    """Describe who was not interviewed after the first wave.

    Parameters
    ----------
    study : Study
        With interviews.
    columns : sequence of str, optional
        What to compare clients on: the linked predictor, `<score>_0`, columns of the clients.
        Left out, the predictor, every interview score, and every number and every category
        with named levels of the table of clients.

    Returns
    -------
    Attrition
        No tests: a difference of clients inside few clusters has none worth the name.

    Raises
    ------
    LinkageError
        If the study has no interviews.
    SpecificationError
        If a column is not there, or is a text without named levels.
    """
    manifest = study.manifest
    if manifest.linkage is None or manifest.waves is None:
        raise LinkageError(
            "Attrition is about clients interviewed at several waves. This study is one table "
            "of rows. Leave attrition out."
        )
    first, *later = manifest.waves.values
    frame = link(study, WavePair(first, first)).frame
    names = _columns(study, frame) if columns is None else _checked(frame, columns)
    held = _held(study, frame[CLIENT], (first, *later))[:, 1:]
    cluster = manifest.predictor_level or ""
    codes, found = pd.factorize(frame[cluster])
    minimum = manifest.study.minimum_cell
    rows = [row for name in names for row in compare(frame[name], held, tuple(later), minimum)]
    return Attrition(
        n_clients=len(frame),
        minimum_cell=minimum,
        predictor=manifest.linkage.predictor,
        cluster=cluster,
        n_clusters=len(found),
        attendance=_attendance(held, tuple(later), np.asarray(codes), minimum),
        comparisons=tuple(row for wave in later for row in rows if row.wave == wave),
    )


def _columns(study: Study, frame: pd.DataFrame) -> tuple[str, ...]:
    manifest = study.manifest
    assert manifest.linkage is not None
    skipped = (CLIENT, DATE, ENROLLED, *manifest.cluster_columns)
    of_clients = [
        name
        for name in manifest.columns(TableRole.CLIENTS)
        if name not in skipped and _is_comparable(frame[name])
    ]
    scores = [f"{name}{BASELINE_SUFFIX}" for name in manifest.interview_scores]
    return tuple(dict.fromkeys((manifest.linkage.predictor, *scores, *of_clients)))


def _checked(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(columns))
    wrong = [name for name in names if name not in frame or not _is_comparable(frame[name])]
    if wrong:
        raise SpecificationError(
            "Clients are compared on numbers, and on categories whose levels the manifest names. "
            f"Neither is {', '.join(wrong)}. Name columns of the clients, scores as "
            f"`<score>{BASELINE_SUFFIX}`, or the levels in [variables.*]."
        )
    return names


def _is_comparable(column: pd.Series) -> bool:
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    return is_category or pd.api.types.is_numeric_dtype(column)


def _held(study: Study, clients: pd.Series, waves: tuple[float, ...]) -> BoolArray:
    """Whether each client was interviewed at each wave, shape (n_clients, n_waves)."""
    interviews = study.frame(TableRole.INTERVIEWS)
    at = interviews[WAVE].to_numpy(dtype=float)
    held = [
        clients.isin(interviews.loc[np.abs(at - wave) < WAVE_TOLERANCE, CLIENT]) for wave in waves
    ]
    return np.column_stack(held)


def _attendance(
    held: BoolArray, waves: tuple[float, ...], clusters: IntArray, minimum: int
) -> tuple[Attendance, ...]:
    """Count from the last wave back: its clients gone are those not interviewed."""
    found: list[Attendance] = []
    shown: BoolArray | None = None
    for w in range(len(waves) - 1, -1, -1):
        missed = ~held[:, w]
        gone = missed & ~held[:, w:].any(axis=1)
        counts = np.array([held[:, w].sum(), missed.sum()])
        if is_small(counts, minimum).any():
            found.append(Attendance(waves[w], None, None, None, None, None))
            continue
        # Who left between two waves is the difference of those gone at the one and the other.
        between = 0 if shown is None else (shown & ~gone).sum()
        parts = np.array([(missed & ~gone).sum(), gone.sum(), between])
        back, left = None, None
        if not is_small(parts, minimum).any():
            shown, back, left = gone, int(parts[0]), int(parts[1])
        shares = _cluster_shares(missed, clusters, minimum)
        found.append(Attendance(waves[w], int(counts[0]), int(counts[1]), back, left, shares))
    return tuple(reversed(found))


def _cluster_shares(missed: BoolArray, clusters: IntArray, minimum: int) -> ClusterShares | None:
    known = clusters >= 0
    of_all = np.bincount(clusters[known])
    of_missed = np.bincount(clusters[known & missed], minlength=len(of_all))
    cells = np.column_stack([of_missed, of_all - of_missed])
    safe = ~is_small(cells, minimum).any(axis=1)
    if safe.sum() < _FEWEST_CLUSTERS:
        return None
    shares = of_missed[safe] / of_all[safe]
    low, median, high = (float(value) for value in np.quantile(shares, (0, 0.5, 1)))
    return ClusterShares(int(safe.sum()), low, median, high)
