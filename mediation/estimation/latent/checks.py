"""What the columns of a latent model must be; the words never show a value of a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.column_checks import is_number
from mediation.estimation.latent.structure import Indicators
from mediation.model import MediationModel

# Share of a standardised column that must be its own: below it is a repetition of the others.
OWN = 1e-6


def normalize_indicators(given: object) -> Indicators:
    """Give the indicators of each latent variable as a tuple of pairs.

    Parameters
    ----------
    given : mapping of str to sequence of str, or sequence of pairs

    Returns
    -------
    tuple of (str, tuple of str)

    Raises
    ------
    SpecificationError
        If nothing is given, columns are given without the mediator they measure, a latent
        variable has fewer than two indicators, or an indicator is used twice.

    Examples
    --------
    >>> normalize_indicators({"alliance": ["wai_1", "wai_2", "wai_3"]})
    (('alliance', ('wai_1', 'wai_2', 'wai_3')),)
    """
    groups = tuple((name, _names(name, group)) for name, group in _pairs(given))
    for name, group in groups:
        if len(group) < 2:
            raise SpecificationError(
                f"A latent variable needs at least two indicators, better three or more. `{name}` "
                f"has {len(group)}. Give its items or parcels, or name a single score as an "
                "ordinary mediator."
            )
    counts = Counter([name for name, _ in groups] + [item for _, g in groups for item in g])
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise SpecificationError(
            "Each name may stand once in `indicators`. More than once: "
            f"{', '.join(twice)}. Remove all but one."
        )
    return groups


def _pairs(given: object) -> list[tuple[str, object]]:
    """Take what was given apart into latent variables and their columns."""
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    listed = isinstance(pairs, Iterable) and not isinstance(pairs, str | pd.DataFrame)
    found = list(pairs) if isinstance(pairs, Iterable) and listed else []
    if found and all(_is_pair(each) for each in found):
        return [(str(name), group) for name, group in found]
    kind = "text" if isinstance(given, str) else type(given).__name__
    said = f"a {kind}" + ("" if found else " without any")
    if found and all(isinstance(each, str) for each in found):
        said = "a list of columns without the mediator they measure"
    elif _is_pair(given) and not isinstance(given, Mapping):
        said = "one pair that stands alone, not in a list"
    raise SpecificationError(
        "`indicators` must give the columns that measure each latent mediator, as a mapping or as "
        f"pairs. Found {said}. Write, for example, "
        'indicators={"alliance": ("wai_1", "wai_2", "wai_3")}.'
    )


def _is_pair(each: object) -> bool:
    """Whether it is a name with its columns; a text of two letters is none."""
    return isinstance(each, tuple | list) and len(each) == 2 and isinstance(each[0], str)


def _names(latent: object, group: object) -> tuple[str, ...]:
    if isinstance(group, str) or not isinstance(group, Iterable):
        raise SpecificationError(
            f"The indicators of `{latent}` must be a list of columns. Found "
            f"{'a text' if isinstance(group, str) else type(group).__name__}. Write a list of "
            "names, also for two."
        )
    return tuple(str(name) for name in group)


def check_names(model: MediationModel, indicators: Indicators, frame: pd.DataFrame) -> None:
    """Refuse latent variables that are no mediators or are columns too, and double roles."""
    if model.split_at:
        raise SpecificationError(
            "A model with latent mediators has one slope inside and between clusters, so "
            f"`split_at` must be empty. Found {', '.join(model.split_at)}. Leave it out."
        )
    latent = [name for name, _ in indicators]
    strangers = [name for name in latent if name not in model.mediators]
    if strangers:
        raise SpecificationError(
            f"Every latent variable must be a mediator of the model: "
            f"{', '.join(model.mediators)}. Found in `indicators`: {', '.join(strangers)}. "
            "Correct the names, or add them to the mediators."
        )
    both = [name for name in latent if name in frame.columns]
    if both:
        raise SpecificationError(
            "A mediator is either a column of the table or a latent variable. Both: "
            f"{', '.join(both)}. Give the latent variable another name, for example "
            f"{both[0]}_latent, in `mediators` and in `indicators`."
        )
    items = [item for _, group in indicators for item in group]
    taken = [item for item in items if item in model.columns + model.clusters]
    if taken:
        raise SpecificationError(
            "An indicator may play no other role in the model. Found in another role: "
            f"{', '.join(taken)}. Remove them from one of the two."
        )
    absent = [item for item in items if item not in frame.columns]
    if absent:
        raise SpecificationError(
            f"Every indicator must be a column of the table. Not there: {', '.join(absent)}. "
            f"The table has: {', '.join(map(str, frame.columns))}. Correct the names."
        )


def check_indicators(items: tuple[str, ...], frame: pd.DataFrame) -> None:
    """Refuse indicators that are no numbers."""
    words = [item for item in items if not is_number(frame[item])]
    if words:
        raise SpecificationError(
            f"Indicators must be numbers. These are not: {', '.join(words)}. Code the answers as "
            "numbers first."
        )


def check_some_rows(used: pd.DataFrame, complete: pd.DataFrame) -> None:
    """Refuse a table without a complete row."""
    if len(complete) == 0:
        missing = ", ".join(f"`{c}` {used[c].isna().sum()}" for c in used if used[c].isna().any())
        raise EstimationError(
            "Rows must be complete in all columns of the model and all indicators. None of "
            f"{len(used)} is. Missing values: {missing or 'the table is empty'}. Remove the "
            "emptiest column from the model, or use a score of the items that were answered."
        )


def check_spread(sources: tuple[str, ...], values: Array) -> None:
    """Refuse columns that do not vary, or that the columns before them determine.

    Parameters
    ----------
    sources : tuple of str, length n_observed
        Column of the table behind each column of `values`.
    values : ndarray, shape (n_rows, n_observed)
    """
    largest = np.abs(values).max(axis=0)
    unit = values / np.where(largest > 0, largest, 1.0)
    unit = unit - unit.mean(axis=0)
    width = np.linalg.norm(unit, axis=0)
    is_flat = width <= 1e-12 * np.sqrt(len(values))
    flat = [name for name, bad in zip(sources, is_flat, strict=True) if bad]
    if flat:
        raise EstimationError(
            "Every column of a latent model must vary. These have one value in all "
            f"{len(values)} complete rows: {', '.join(dict.fromkeys(flat))}. Leave them out."
        )
    own = np.abs(np.diag(np.linalg.qr(unit / width, mode="r")))
    is_repeat = np.concatenate([own, np.zeros(len(sources) - len(own))]) < OWN
    repeated = [name for name, bad in zip(sources, is_repeat, strict=True) if bad]
    if repeated:
        raise EstimationError(
            "Every column of a latent model must say something the others do not. The columns "
            f"before them determine these: {', '.join(dict.fromkeys(repeated))}. Leave them out, "
            "for example a total score beside its items."
        )


def check_enough_rows(n_rows: int, n_parameters: int) -> None:
    """Refuse fewer rows than parameters."""
    if n_rows <= n_parameters:
        raise EstimationError(
            f"There must be more complete rows than the {n_parameters} parameters of the model. "
            f"Found {n_rows}. Use fewer indicators (parcels) or covariates."
        )


def check_enough_clusters(cluster: str, n_clusters: int, n_between: int) -> None:
    """Refuse fewer clusters than coefficients between clusters can be judged by.

    With as many clusters as coefficients constant inside them, the scores of a sandwich sum to
    zero and its standard errors vanish.
    """
    needed = n_between + 2
    if n_clusters < needed:
        raise SpecificationError(
            f"There must be at least {needed} clusters of `{cluster}`: two more than coefficients "
            f"between clusters in one equation. Found {n_clusters}. Remove covariates that are "
            "constant inside clusters, or name a level with more clusters as the outermost."
        )
