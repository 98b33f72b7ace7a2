"""What the ceiling does to the shipped study, for `make coverage-study`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import mediation as med
from benchmarks.coverage import OPEN_END, WORLDS, World, estimates, true_values
from mediation.pipeline import plan_grid
from mediation.simulation.defaults import DEFAULT_SEED, default_truth
from mediation.simulation.write import write_study
from mediation.study.manifest import TableRole
from mediation.study.study import load_study

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "data" / "synthetic"
QUANTITIES = (("a", "between"), ("b", "within"), ("indirect", "within"), ("total", "between"))

HEADER = """# What the ceiling does to the shipped study

The synthetic study in `data/synthetic/` scores the alliance on a scale that ends at 96, and many
clients reach the end. Here the same study, with the same random numbers, is analysed with and
without that end: *open* is the alliance as it would have been on a scale without a ceiling.
Made by `make coverage-study`.

Share of interviews at the ceiling: {share:.1%}.

A ceiling hides differences among the clients with the strongest alliances. It shrinks a, because
part of what fidelity adds is not seen, and it swells b, because the differences that are left
stand for larger true ones; their product moves less, and the total effect not at all, since it
does not use the alliance. One study also carries its own chance, so single rows may go the other
way; [study.md](study.md) has the means over 1,000 studies ("the shipped study as it is,
with its ceiling").

| outcome | months | quantity | truth | open | with ceiling |
|---|---|---|---:|---:|---:|
"""


def numbers(world: World) -> pd.DataFrame:
    """Estimates of every cell of the study with the shipped seed."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        study = med.load_study(
            write_study(world.truth, DEFAULT_SEED, Path(folder), title="ceiling")
        )
        for plan in plan_grid(study, 0):
            table = med.link(study, plan.waves, mediators=plan.model.mediators)
            fit = med.estimate(plan.model, table, plan.engine)
            found = estimates(med.infer(fit, plan.interval, np.random.default_rng(DEFAULT_SEED)))
            truth = true_values(world, plan.model.outcome, plan.waves.outcome)
            rows += [
                {
                    "outcome": study.variable(plan.model.outcome).label,
                    "months": f"{plan.waves.mediator:g} → {plan.waves.outcome:g}",
                    "quantity": " ".join(key),
                    "truth": truth[key],
                    "estimate": found[key].estimate,
                }
                for key in QUANTITIES
            ]
    return pd.DataFrame(rows)


def share_at_ceiling() -> float:
    """Share of the shipped interviews whose alliance is at the end of its scale."""
    interviews = load_study(SHIPPED / "study.toml").frame(TableRole.INTERVIEWS)
    return float((interviews.alliance.dropna() == 96).mean())


def open_alliance() -> World:
    """The shipped truth with the alliance on a scale without an end; outcomes as they are."""
    truth = default_truth()
    alliance = replace(truth.alliance, high=OPEN_END)
    return World("open", replace(truth, ceiling=False, alliance=alliance), has_between=False)


def main() -> None:
    opened, shipped = numbers(open_alliance()), numbers(WORLDS["ceiling"])
    rows = [
        f"| {o.outcome} | {o.months} | {o.quantity} | {o.truth:.3f} | {o.estimate:.3f} "
        f"| {s.estimate:.3f} |\n"
        for o, s in zip(opened.itertuples(), shipped.itertuples(), strict=True)
    ]
    text = HEADER.format(share=share_at_ceiling()) + "".join(rows)
    (ROOT / "docs" / "coverage" / "ceiling.md").write_text(text, encoding="utf-8")
    print("ceiling.md written")


if __name__ == "__main__":
    main()
