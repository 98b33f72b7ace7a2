"""Fidelity of each cluster over time, for plots."""

from __future__ import annotations

import pandas as pd

from mediation.errors import LinkageError
from mediation.linkage.order import natural_order
from mediation.study.manifest import DATE, TableRole
from mediation.study.study import Study


def first_assessment(study: Study) -> float:
    """Date of the study's first fidelity assessment, months on the study's clock."""
    return float(study.frame(TableRole.FIDELITY)[DATE].min())


def fidelity_series(study: Study) -> pd.DataFrame:
    """List the assessments of the linked predictor.

    Parameters
    ----------
    study : Study
        With interviews.

    Returns
    -------
    DataFrame
        Columns `cluster` and `organization` (the outermost cluster level), both lettered
        unless the manifest says otherwise, `months` since the first assessment of the study,
        and `score`; in the order of the letters, then of time. Clusters without clients and
        assessments without a score are left out.

    Raises
    ------
    LinkageError
        If the study is flat.
    """
    manifest = study.manifest
    level, linkage = manifest.fidelity_cluster, manifest.linkage
    if level is None or linkage is None:
        raise LinkageError(
            "Fidelity over time needs a table of assessments. This study is one table of rows. "
            "Leave the figure out."
        )
    outer = manifest.clusters[0] if manifest.clusters else level
    units = study.units
    outer_of = dict(zip(units[level], units[outer], strict=True))
    frame = study.frame(TableRole.FIDELITY)
    frame = frame[frame[level].isin(list(outer_of)) & frame[linkage.predictor].notna()]
    frame = frame.sort_values(DATE, kind="stable")
    frame = frame.iloc[natural_order(frame, (level,))]
    return pd.DataFrame(
        {
            "cluster": frame[level].map(study.cluster_labels(level)).to_numpy(),
            "organization": frame[level].map(outer_of).map(study.cluster_labels(outer)).to_numpy(),
            "months": (frame[DATE] - first_assessment(study)).to_numpy(),
            "score": frame[linkage.predictor].to_numpy(),
        }
    )
