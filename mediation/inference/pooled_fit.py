"""A fit made of the fits to M completed tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.estimation.paths import Fit
from mediation.inference.rubin import Pooled


@dataclass(frozen=True, slots=True, repr=False)
class PooledFit(Fit):
    """A fit made of the fits to M completed tables; goes wherever a fit goes.

    Paths, coefficients and contrasts are pooled by Rubin's rules. Variances, scales and the degrees
    of freedom that complete data would have are means over the imputations. An equation is at a
    boundary if it is in more than half of them. There are no indices of fit.

    Attributes
    ----------
    pooled : Pooled or None
        Of the paths, in their order.
    """

    pooled: Pooled | None = None

    def information_frame(self) -> pd.DataFrame:
        """One row per path: what missing values cost.

        Returns
        -------
        DataFrame
            Columns `path, level, mediator, estimate, std_error, df, df_complete,
            relative_increase, missing_information`.
        """
        found = self.pooled
        assert found is not None
        return pd.DataFrame(
            {
                "path": [p.path.value for p in self.paths.parameters],
                "level": [p.level.value for p in self.paths.parameters],
                "mediator": [p.mediator for p in self.paths.parameters],
                "estimate": found.values,
                "std_error": np.sqrt(np.diagonal(found.covariance)),
                "df": found.df,
                "df_complete": found.df_complete,
                "relative_increase": found.relative_increase,
                "missing_information": found.missing_information,
            }
        )
