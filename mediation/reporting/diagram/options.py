"""What a path diagram of a result shows beside its coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mediation.options import check_choices
from mediation.vocabulary import StandardizeBy


class Statistic(Enum):
    """What stands under a coefficient: its interval, standard error, p-value, or nothing."""

    INTERVAL = "interval"
    STD_ERROR = "std_error"
    P_VALUE = "p_value"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DiagramOptions:
    """How a path diagram shows a result.

    Attributes
    ----------
    statistic : Statistic
        Solid and dashed arrows go by the interval whatever is written.
    standardize_by : StandardizeBy, optional
        Coefficients per standard deviation, of all rows or of cluster means; left out, in the
        units of the variables.
    items : bool
        Whether latent mediators are drawn with their items and loadings, where there are any.

    Examples
    --------
    >>> DiagramOptions(Statistic.P_VALUE).standardize_by is None
    True
    """

    statistic: Statistic = Statistic.INTERVAL
    standardize_by: StandardizeBy | None = None
    items: bool = False

    def __post_init__(self) -> None:
        check_choices(self)
