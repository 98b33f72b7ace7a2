"""How often each value of a score occurs: counts, no rows of people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.errors import LinkageError
from mediation.study.manifest import WAVE, TableRole
from mediation.study.study import Study

COLUMNS = ("variable", "wave", "value", "count")


def score_distribution(study: Study, names: tuple[str, ...]) -> pd.DataFrame:
    """Count the values of scores, at each wave apart.

    Parameters
    ----------
    study : Study
    names : tuple of str
        Numeric columns of the interviews, of the clients or rows, or of the fidelity table.

    Returns
    -------
    DataFrame
        Columns `variable`, `wave` (NaN where a score has none), `value`, `count`. The counts
        may be small: whoever shows them suppresses or pools small ones.

    Raises
    ------
    LinkageError
        If a name is no column of the study.
    """
    parts = [_counts(study, name) for name in names]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in COLUMNS})
    return pd.concat(parts, ignore_index=True)


def _counts(study: Study, name: str) -> pd.DataFrame:
    manifest = study.manifest
    role = next((role for role in manifest.roles if name in manifest.columns(role)), None)
    if role is None:
        raise LinkageError(
            f"A distribution needs a column of the study. `{name}` is none. "
            "Name a column from [tables.*.columns]."
        )
    frame = study.frame(role)
    waves = frame[WAVE] if role is TableRole.INTERVIEWS else pd.Series(0.0, index=frame.index)
    counts = frame[name].groupby([waves.rename("wave"), frame[name].rename("value")]).size()
    found = counts.rename("count").reset_index()
    if role is not TableRole.INTERVIEWS:
        found["wave"] = np.nan
    found.insert(0, "variable", name)
    return found[list(COLUMNS)]
