"""Rebuild expected.json: PySensemakr on its data on Darfur, the example of Cinelli & Hazlett."""

import json
from importlib.metadata import version

import numpy as np
import sensemakr
import statsmodels.formula.api as smf

COVARIATES = "age + farmer_dar + herder_dar + pastvoted + hhsize_darfur + female + village"
data = sensemakr.load_darfur()
outcome = smf.ols(f"peacefactor ~ directlyharmed + {COVARIATES}", data).fit()
head = smf.ols(f"directlyharmed ~ {COVARIATES}", data).fit()
name = "directlyharmed"
values = {
    key: float(np.squeeze(np.asarray(found)))
    for key, found in {
        "estimate": outcome.params[name],
        "std_error": outcome.bse[name],
        "df": outcome.df_resid,
        "robustness_value": sensemakr.robustness_value(outcome, name),
        "robustness_value_limit": sensemakr.robustness_value(outcome, name, alpha=0.05),
        "r2_female_treatment": sensemakr.partial_r2(
            t_statistic=float(head.tvalues["female"]), dof=head.df_resid
        ),
        "r2_female_outcome": sensemakr.partial_r2(
            t_statistic=float(outcome.tvalues["female"]), dof=outcome.df_resid
        ),
    }.items()
}
bounds = sensemakr.ovb_bounds(outcome, name, {"female": ["female"]}, kd=[1, 2, 3])
keys = ["r2dz_x", "r2yz_dx", "adjusted_estimate"]
values["bounds"] = [[float(row[key]) for key in keys] for _, row in bounds.iterrows()]
values["large_t"] = {
    "t": 60.0,
    "df": 100,
    "limit": float(sensemakr.robustness_value(t_statistic=60.0, dof=100, alpha=0.05)[0]),
}
values["session"] = {p: version(p) for p in ("PySensemakr", "statsmodels", "numpy")}
with open("expected.json", "w") as file:
    json.dump(values, file, indent=1)
    file.write("\n")
