"""Which planned wave an interview belongs to, and when it was held: pure functions of frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.study.manifest import (
    CLIENT,
    DATE,
    ENROLLED,
    WAVE,
    WAVE_TOLERANCE,
    Manifest,
    TableRole,
)

# Months since enrollment at which an interview was really held; no column of a study has this name.
MONTHS = "_months"
# An interview farther from its wave than this share of the window is early or late.
OFF_PLAN = 0.5

Frames = dict[TableRole, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class WaveCount:
    """Interviews in the window of one wave.

    `n_held` counts those that belong to the wave; of them `n_early` and `n_late` were held more
    than half of the window before or after it. `n_second` are further interviews of a client
    who has one nearer to the wave; they belong to no wave.
    """

    wave: float
    n_held: int
    n_early: int
    n_late: int
    n_second: int


@dataclass(frozen=True, slots=True)
class WindowSummary:
    """How interviews fell into the windows of the waves.

    `n_outside` counts interviews in no window, `n_undated` those of which it is not known how
    long after enrollment they were held.
    """

    window: float
    waves: tuple[WaveCount, ...]
    n_outside: int
    n_undated: int


def assign_waves(manifest: Manifest, frames: Frames) -> Frames:
    """Give interviews their planned wave, the months since enrollment, and a date.

    Parameters
    ----------
    manifest : Manifest
    frames : dict of TableRole to DataFrame
        As they are read.

    Returns
    -------
    dict of TableRole to DataFrame
        The same frames, but for the interviews:

        - Where the table has no `wave`, it is date less enrollment, in months; where it has no
          `date`, that is enrollment plus months.
        - With a `window` under [waves], `_months` holds the months since enrollment (`wave` as it
          is written, else date less enrollment), and `wave` the nearest planned wave, if that is
          at most `window` months away. Of several interviews of a client in one window the
          nearest to the wave has it (the earlier of two equally near). The others, and those
          in no window, stay in the table with a missing wave. Two interviews of a client in the
          same moment both have the wave, which is an error that validation finds.

        Without a window, waves stay as they are.
    """
    interviews = frames.get(TableRole.INTERVIEWS)
    if manifest.waves is None or interviews is None or CLIENT not in interviews:
        return frames
    if MONTHS in interviews:
        return frames
    enrolled = _enrolled(frames, interviews)
    months = _months(interviews, enrolled)
    if months is None:
        return frames
    if DATE not in interviews and enrolled is not None:
        interviews = interviews.assign(**{DATE: enrolled + months})
    window = manifest.waves.window
    if window is None:
        interviews = interviews if WAVE in interviews else interviews.assign(**{WAVE: months})
    else:
        nearest = nearest_wave(manifest.waves.values, window, months)
        kept = ~_second(pd.factorize(interviews[CLIENT])[0], nearest, months)
        interviews = interviews.assign(**{WAVE: np.where(kept, nearest, np.nan), MONTHS: months})
    return {**frames, TableRole.INTERVIEWS: interviews}


def nearest_wave(waves: tuple[float, ...], window: float, months: Array) -> Array:
    """Find the planned wave of each moment; NaN if none is within the window.

    Parameters
    ----------
    waves : tuple of float
        Ascending, at least twice the window apart.
    window : float
        Months.
    months : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> nearest_wave((0, 4.5, 9), 1.5, np.array([9.8, 6.3, -0.4])).tolist()
    [9.0, nan, 0.0]
    """
    planned = np.asarray(waves, dtype=float)
    after = np.clip(np.searchsorted(planned, months), 1, max(len(planned) - 1, 1))
    upper = planned[np.minimum(after, len(planned) - 1)]
    lower = planned[after - 1]
    nearest = np.where(months - lower <= upper - months, lower, upper)
    near = np.abs(months - nearest) <= window + WAVE_TOLERANCE
    return np.where(near, nearest, np.nan)


def count_windows(manifest: Manifest, interviews: pd.DataFrame) -> WindowSummary | None:
    """Count early, late, second and outside interviews.

    Parameters
    ----------
    manifest : Manifest
    interviews : DataFrame
        As `assign_waves` gives them.

    Returns
    -------
    WindowSummary or None
        None for a study without windows.
    """
    if manifest.waves is None or manifest.waves.window is None or MONTHS not in interviews:
        return None
    planned, window = manifest.waves.values, manifest.waves.window
    months = interviews[MONTHS].to_numpy(dtype=float)
    held = interviews[WAVE].to_numpy(dtype=float)
    near = nearest_wave(planned, window, months)
    far = OFF_PLAN * window + WAVE_TOLERANCE
    counts = tuple(
        WaveCount(
            wave=wave,
            n_held=int((held == wave).sum()),
            n_early=int(((held == wave) & (months < wave - far)).sum()),
            n_late=int(((held == wave) & (months > wave + far)).sum()),
            n_second=int(((near == wave) & np.isnan(held)).sum()),
        )
        for wave in planned
    )
    undated = np.isnan(months)
    return WindowSummary(window, counts, int((np.isnan(near) & ~undated).sum()), int(undated.sum()))


def is_second(manifest: Manifest, interviews: pd.DataFrame) -> BoolArray:
    """Say which interviews lie in a window in which their client has a nearer one.

    Returns
    -------
    ndarray of bool, shape (n_interviews,)
    """
    months, held = (interviews[name].to_numpy(dtype=float) for name in (MONTHS, WAVE))
    if manifest.waves is None or manifest.waves.window is None:
        return np.zeros(len(interviews), dtype=bool)
    near = nearest_wave(manifest.waves.values, manifest.waves.window, months)
    second: BoolArray = ~np.isnan(near) & np.isnan(held)
    return second


def _enrolled(frames: Frames, interviews: pd.DataFrame) -> Array | None:
    """Date of enrollment of the client of each interview; None if the study has none."""
    clients = frames.get(TableRole.CLIENTS)
    if clients is None or not {CLIENT, ENROLLED} <= set(clients):
        return None
    known = clients[clients[CLIENT].notna() & ~clients[CLIENT].duplicated()]
    where = pd.Index(known[CLIENT]).get_indexer(pd.Index(interviews[CLIENT]))
    dates = np.append(known[ENROLLED].to_numpy(dtype=float), np.nan)
    found: Array = dates[where]
    return found


def _months(interviews: pd.DataFrame, enrolled: Array | None) -> Array | None:
    """Months since enrollment: as written, else by dates; None if there is neither."""
    by_date = None
    if DATE in interviews and enrolled is not None:
        by_date = interviews[DATE].to_numpy(dtype=float) - enrolled
    if WAVE not in interviews:
        return by_date
    written = interviews[WAVE].to_numpy(dtype=float)
    return written if by_date is None else np.where(np.isnan(written), by_date, written)


def _second(clients: IntArray, nearest: Array, months: Array) -> BoolArray:
    """Interviews of a client in a window in which another one is nearer to the wave, or earlier."""
    rows = np.flatnonzero(~np.isnan(nearest) & (clients >= 0))
    waves = np.unique(nearest[rows], return_inverse=True)[1]
    groups = clients[rows] * (waves.max(initial=0) + 1) + waves
    distance = np.abs(months - nearest)[rows]
    order = np.lexsort((months[rows], distance, groups))
    rows, groups = rows[order], groups[order]
    starts = np.append(True, groups[1:] != groups[:-1])[: len(rows)]
    first = rows[np.maximum.accumulate(np.where(starts, np.arange(len(rows)), 0))]
    second = np.zeros(len(months), dtype=bool)
    second[rows] = months[rows] != months[first]
    return second
