"""Write a synthetic study to a folder, the same bytes every time."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mediation.errors import SimulationError
from mediation.outputs import write_files
from mediation.safe_text import csv_text
from mediation.simulation.documents import NOTICE, codebook_text, readme_text
from mediation.simulation.generate import simulate
from mediation.simulation.study_toml import manifest_text
from mediation.simulation.tables import tables_of
from mediation.simulation.truth import Truth

TITLE = "Strengths Model Case Management, synthetic study"
NULL_TITLE = "Strengths Model Case Management, synthetic study without an effect on the alliance"

# Bytes in which a file says that it is synthetic: a header, a first comment, a title.
BEGINNING = 1000

# Closed forms pass through exp; ten decimals are the same on every processor.
_DECIMALS = 10

# Parameters that are written only if they say something.
_OPTIONS = (
    *("teams_per_organization", "skew", "slope_sd", "items", "missing_item"),
    *("displaced_interviews", "manager_change", "team_change"),
)


def write_study(truth: Truth, seed: int, folder: Path, *, title: str) -> Path:
    """Draw a study and write its tables, manifest, codebook, README and truth.

    Parameters
    ----------
    truth : Truth
    seed : int
        Not negative.
    folder : Path
        Made if it is not there; the files of an earlier synthetic study are replaced.
    title : str
        Name of the study, shown in reports.

    Returns
    -------
    Path
        The manifest, `study.toml`.

    Raises
    ------
    SimulationError
        If the truth has no ceiling and a score would lie outside its scale, if the seed is
        negative, if the folder has files of these names that are of no synthetic study, or if
        it cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mediation.simulation.defaults import DEFAULT_SEED, default_truth
    >>> with TemporaryDirectory() as folder:
    ...     write_study(default_truth(), DEFAULT_SEED, Path(folder), title=TITLE).name
    'study.toml'
    """
    _check(truth, seed)
    rng = np.random.default_rng(seed)
    study = simulate(truth, rng)
    tables = tables_of(study, rng)
    decimals = _decimals_of(truth)
    texts = {
        "truth.json": truth_text(truth, seed),
        **{f"{name}.csv": _csv(table, decimals) for name, table in tables.items()},
        "codebook.md": codebook_text(truth),
        "README.md": readme_text(study, tables, seed, title),
        "study.toml": manifest_text(truth, seed, title),
    }
    _check_folder(folder, tuple(texts))
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    write_files(files, folder, failure=SimulationError)
    return folder / "study.toml"


def true_effects(truth: Truth) -> dict[str, dict[str, float | dict[str, float]]]:
    """Return the true effects of every outcome.

    Parameters
    ----------
    truth : Truth

    Returns
    -------
    dict
        Outcome -> effect -> value; what depends on the size of team means is a dict by
        interviews of mediator and outcome, for example "4.5-9". a in alliance points per point
        of fidelity, b in outcome points per point of alliance, all else in outcome points per
        point of fidelity.

    Examples
    --------
    >>> from mediation.simulation.defaults import default_truth
    >>> effects = true_effects(default_truth())["hope"]
    >>> effects["indirect_within"], list(effects["b_between_manifest"])
    (0.47988, ['4.5-9', '13.5-18'])
    """
    return {outcome.name: _effects(truth, outcome.name) for outcome in truth.outcomes}


def truth_text(truth: Truth, seed: int) -> str:
    """Return `truth.json`: every parameter and the effects that follow from them."""
    content = {
        "synthetic": True,
        "about": NOTICE,
        "between_effects": (
            "b_between_manifest, c_prime_manifest and the effects made of them hold for fidelity "
            "that is constant inside teams. Fidelity here "
            + ("changes over time." if truth.fidelity_changes else "is constant inside teams.")
        ),
        "seed": seed,
        "effects": true_effects(truth),
        "parameters": asdict(truth, dict_factory=_without_unused),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _without_unused(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Leave out what a truth can have and this one has not."""
    return {name: value for name, value in items if value or name not in _OPTIONS}


def _effects(truth: Truth, name: str) -> dict[str, float | dict[str, float]]:
    pairs = {f"{m:g}-{y:g}": y for m, y in truth.design.pairs}
    single = {
        "a": truth.a,
        "b_within": truth.b_within(name),
        "b_between_latent": truth.b_between(name),
        "c_prime": truth.c_prime(name),
        "indirect_within": truth.indirect_within(name),
        "contextual_latent": truth.contextual(name),
        "indirect_between_latent": truth.indirect_between(name),
        "total": truth.total(name),
    }
    by_pair = {
        "b_between_manifest": truth.b_between_manifest,
        "c_prime_manifest": truth.c_prime_manifest,
        "contextual_manifest": truth.contextual_manifest,
        "indirect_between_manifest": truth.indirect_between_manifest,
    }
    effects: dict[str, float | dict[str, float]] = {
        key: round(value, _DECIMALS) for key, value in single.items()
    }
    for key, function in by_pair.items():
        effects[key] = {
            pair: round(function(name, wave), _DECIMALS) for pair, wave in pairs.items()
        }
    return effects


def _check(truth: Truth, seed: int) -> None:
    if seed < 0:
        raise SimulationError(f"A seed of zero or more was expected. Found {seed}. Change it.")
    if not truth.ceiling and truth.alliance.high < truth.alliance.mean + 6 * truth.alliance.sd:
        raise SimulationError(
            "Written alliance scores must lie on their scale. Found a truth without a ceiling and "
            f"a scale that ends at {truth.alliance.high:g}. Keep `ceiling`, or raise "
            "`alliance.high` so far that it is never reached."
        )


def _check_folder(folder: Path, names: tuple[str, ...]) -> None:
    """Refuse to write over files that do not say of themselves that they are synthetic."""
    real = [name for name in names if not _may_write(folder / name)]
    if real:
        count = "a file" if len(real) == 1 else f"{len(real)} files"
        raise SimulationError(
            "An empty folder, or one with a synthetic study, was expected. Found "
            f"{count} that would be written over and not marked as synthetic: "
            f"{', '.join(real)}. Give another folder."
        )


def _may_write(path: Path) -> bool:
    """Whether nothing is there, or a file whose beginning says that it is synthetic.

    Every file that `write_study` makes does.
    """
    if path.is_symlink() or path.is_dir():
        return False
    if not path.exists():
        return True
    try:
        with path.open("rb") as file:
            return b"synthetic" in file.read(BEGINNING).lower()
    except OSError:
        return False


def _decimals_of(truth: Truth) -> dict[str, int]:
    """Decimals of the scores that are written as such."""
    units = {"fidelity": truth.fidelity.unit, "alliance": truth.alliance.unit}
    units |= {y.name: y.unit for y in truth.outcomes}
    return {name: max(0, round(-math.log10(unit))) for name, unit in units.items()}


def _csv(frame: pd.DataFrame, decimals: dict[str, int]) -> str:
    """Comma-separated text; missing values are empty."""
    columns = {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype.kind == "M":
            columns[name] = list(values.dt.strftime("%Y-%m-%d").fillna(""))
        elif values.dtype.kind == "f":
            style = f".{decimals[name]}f" if name in decimals else "g"
            columns[name] = ["" if math.isnan(v) else format(v, style) for v in values]
        else:
            columns[name] = [str(v) for v in values]
    return csv_text(pd.DataFrame(columns))
