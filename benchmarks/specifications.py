"""Over 500 specifications of the synthetic study, fitted and drawn: processor time and seconds.

`python -m benchmarks.specifications`, by one process and by one for each processor. The processor
time of other processes includes what it takes to start them.
"""

from __future__ import annotations

import os
import resource
import time
from dataclasses import replace
from pathlib import Path

from mediation.estimation.ols import OLS
from mediation.linkage.flow import flow_of
from mediation.pipeline.bench import Bench
from mediation.pipeline.cells import BLIND, MAIN
from mediation.pipeline.missing_values import link_for
from mediation.pipeline.plans import Plan, plan_grid
from mediation.pipeline.specifications.fill import specification_curve
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.draw_style import svg_text
from mediation.reporting.other_analyses import published_interval, without_clusters
from mediation.reporting.specifications.draw_specifications import draw_specifications
from mediation.study.specification_entry import LinkageChoice
from mediation.study.study import Study, load_study
from mediation.vocabulary import LinkageRule

STUDY = Path(__file__).parents[1] / "data" / "synthetic" / "study.toml"


def with_more(study: Study) -> Study:
    """List one more rule of linkage, so that there are more than 500 specifications."""
    entry = study.manifest.models[0]
    asked = entry.specifications
    assert asked is not None
    linkage = (*asked.linkage, LinkageChoice(rule=LinkageRule.NEAREST))
    more = entry.model_copy(
        update={"specifications": asked.model_copy(update={"linkage": linkage})}
    )
    return replace(study, manifest=study.manifest.model_copy(update={"models": (more,)}))


def fitted_entry(study: Study, plans: tuple[Plan, ...]) -> Entry:
    """Fit the declared and the published analysis of every model, and nothing else."""
    cells = []
    for plan in plans:
        bench = Bench(study, plan, study.manifest.study.seed)
        table = link_for(study, plan.model, plan.waves, plan.missing)
        result = bench.fit(plan, table, MAIN, plan.missing)
        blind = replace(
            plan,
            model=without_clusters(plan.model, result.fit),
            engine=OLS(),
            interval=published_interval(0.95),
        )
        flow = flow_of(table, plan.model.columns, plan.model.outcome, plan.model.mediators)
        published = bench.fit(blind, table, BLIND)
        cells.append(
            Cell(plan.model.outcome, plan.waves, result, published, (), (), table, flow, ())
        )
    entry = study.manifest.models[0]
    return Entry(entry.name, entry.effect_and_level, tuple(cells))


def processor_seconds() -> float:
    """Seconds of this process and of those that it has started and that have ended."""
    return sum(
        use.ru_utime + use.ru_stime
        for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    from joblib.externals.loky import get_reusable_executor

    study = with_more(load_study(STUDY))
    plans = plan_grid(study, 0)
    entry = fitted_entry(study, plans)
    for n_workers in (1, os.cpu_count() or 1):
        start, used = time.perf_counter(), processor_seconds()
        curve = specification_curve(study, entry, plans, 1, n_workers=n_workers)
        wall = time.perf_counter() - start
        if n_workers > 1:
            get_reusable_executor().shutdown(wait=True)
        assert curve is not None
        print(
            f"{len(curve)} specifications by {n_workers} process(es): {wall:.1f} s, "
            f"{processor_seconds() - used:.1f} s of processor"
        )
    start = time.perf_counter()
    titles = [""] * curve.n_models
    size = len(svg_text(draw_specifications(curve, {}, titles, "fidelity")))
    print(f"drawn in {time.perf_counter() - start:.1f} s, {size // 1000} kB of SVG")


if __name__ == "__main__":
    main()
