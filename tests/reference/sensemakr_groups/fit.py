"""Rebuild data.csv (invented numbers) and expected.json: PySensemakr with a category as a group."""

import json
from importlib.metadata import version

import numpy as np
import pandas as pd
import sensemakr
import statsmodels.formula.api as smf

rng = np.random.default_rng(7)
n = 240
x, z = rng.normal(size=(2, n))
g = rng.choice(["a", "b", "c"], n)
m = 0.4 * x + 0.5 * z + 0.6 * (g == "b") - 0.3 * (g == "c") + rng.normal(size=n)
y = 0.3 * x + 0.5 * m + 0.4 * z + 0.5 * (g == "b") + rng.normal(size=n)
pd.DataFrame({"x": x, "m": m, "y": y, "z": z, "g": g}).to_csv("data.csv", index=False)
data = pd.read_csv("data.csv")
fit = smf.ols("y ~ x + m + z + C(g)", data).fit()
groups = {"z": ["z"], "g": ["C(g)[T.b]", "C(g)[T.c]"]}
bounds = sensemakr.ovb_bounds(fit, "m", groups, kd=1)
found = {
    name: [float(row[key]) for key in ("r2dz_x", "r2yz_dx", "adjusted_estimate")]
    for name, (_, row) in zip(groups, bounds.iterrows(), strict=True)
}
found["robustness_value"] = float(np.squeeze(np.asarray(sensemakr.robustness_value(fit, "m"))))
limit = sensemakr.robustness_value(fit, "m", alpha=0.05)
found["robustness_value_limit"] = float(np.squeeze(np.asarray(limit)))
found["session"] = {p: version(p) for p in ("PySensemakr", "statsmodels", "numpy")}
with open("expected.json", "w") as file:
    json.dump(found, file, indent=1)
    file.write("\n")
