"""What is asked of an engine: refuse anything but a model, a table and an engine, by name."""

from __future__ import annotations

import pandas as pd

from mediation.errors import EstimationError, SpecificationError
from mediation.linkage.table import AnalysisTable
from mediation.model import MediationModel
from mediation.vocabulary import Covariance

# Engines as they are written, for messages; importing them here would load every library.
WRITTEN = {
    "MixedModels": "MixedModels()",
    "OLS": "OLS()",
    "TwoLevelSEM": "TwoLevelSEM()",
    "LatentSEM": 'LatentSEM({"alliance": ("wai_1", "wai_2", "wai_3")})',
}
ENGINES = "MixedModels(), OLS(), TwoLevelSEM() or LatentSEM(...)"
A_MODEL = 'MediationModel("fidelity", ("alliance",), "hope", clusters=("organization", "team"))'


def check_request(model: object, frame: object, engine: object) -> None:
    """Refuse what is no model, no table or no engine, weights, and clusters left out.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
    engine : Engine

    Raises
    ------
    SpecificationError
        If one of them is of another kind, or the engine needs clusters and the model has none.
    EstimationError
        If the model names weights.

    Examples
    --------
    >>> from mediation.estimation.mixed import MixedModels
    >>> try:
    ...     check_request(MediationModel("x", ("m",), "y"), pd.DataFrame(), MixedModels)
    ... except SpecificationError as refused:
    ...     print(refused)
    `engine` must be an engine. Found the class MixedModels: the parentheses are missing. Write \
MixedModels().
    """
    check_model(model)
    check_frame(frame)
    check_engine(engine)
    assert isinstance(model, MediationModel)
    if model.weights is not None:
        raise EstimationError(
            f"No engine supports weights. The model names `{model.weights}`. Leave `weights` out, "
            "and put what the weights stand for into the covariates."
        )
    if getattr(engine, "needs_clusters", False) and not model.clusters:
        raise SpecificationError(_clusters_missing(engine))


def check_model(model: object) -> None:
    """Refuse what is no MediationModel."""
    if isinstance(model, MediationModel):
        return
    advice = f"Write, for example, {A_MODEL}."
    if isinstance(model, pd.DataFrame | AnalysisTable) or _is_engine(model):
        advice = "The order is estimate(model, table, engine)."
    raise SpecificationError(f"`model` must be a MediationModel. Found {_kind(model)}. {advice}")


def check_frame(frame: object) -> None:
    """Refuse what is no DataFrame."""
    if isinstance(frame, pd.DataFrame):
        return
    advice = "Make one with pandas, one row per client."
    if isinstance(frame, AnalysisTable):
        advice = "Give its `.frame`."
    elif isinstance(frame, MediationModel) or _is_engine(frame):
        advice = "The model comes first, then the table, then the engine."
    elif type(frame).__name__ == "Study":
        advice = "Link it first: link(study, WavePair(mediator=4.5, outcome=9)).frame."
    elif isinstance(frame, dict):
        advice = "Write pandas.DataFrame(...) around it."
    elif isinstance(frame, str):
        advice = "Read the file first, for example pandas.read_csv(...)."
    raise SpecificationError(
        f"The table must be a DataFrame with one row per client. Found {_kind(frame)}. {advice}"
    )


def check_engine(engine: object) -> None:
    """Refuse what is no engine: a class without its parentheses, a text, swapped arguments."""
    if _is_engine(engine) and not isinstance(engine, type):
        return
    found, advice = _kind(engine), f"Write one of {ENGINES}."
    if isinstance(engine, type) and engine.__name__ in WRITTEN:
        found += ": the parentheses are missing"
        advice = f"Write {WRITTEN[engine.__name__]}."
    elif isinstance(engine, str):
        word = "".join(letter for letter in engine.lower() if letter.isalnum())
        meant = [text for name, text in WRITTEN.items() if word and name.lower().startswith(word)]
        advice = f"Write {meant[0]}, without quotes." if meant else advice
    elif isinstance(engine, MediationModel | pd.DataFrame | AnalysisTable):
        advice = f"The engine comes last: {ENGINES}."
    elif type(engine).__name__ == "MonteCarlo":
        advice = f"An interval goes to `interval` or to infer(...). {advice}"
    raise SpecificationError(f"`engine` must be an engine. Found {found}. {advice}")


def check_batch_engine(engine: object) -> None:
    """Refuse an engine that cannot fit many data sets at once.

    Parameters
    ----------
    engine : Engine

    Raises
    ------
    SpecificationError
        If it is no engine, or one that fits a single table at a time.
    """
    check_engine(engine)
    if not (hasattr(engine, "fit_equations") or hasattr(engine, "fit_data_sets")):
        raise SpecificationError(
            "A batch needs an engine that fits many data sets at once: OLS(), MixedModels() or "
            f"TwoLevelSEM(). Found {type(engine).__name__}. Call estimate(model, frame, engine) "
            "for each data set."
        )


def _is_engine(given: object) -> bool:
    """Whether it has what every engine has; a class has it too."""
    return all(hasattr(given, name) for name in ("label", "needs_clusters", "fit"))


def _kind(given: object) -> str:
    """Name what was given without showing what it holds."""
    if isinstance(given, type):
        return f"the class {given.__name__}"
    if given is None:
        return "None"
    if isinstance(given, str):
        return "a text"
    name = type(given).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _clusters_missing(engine: object) -> str:
    name = type(engine).__name__
    both, one = 'clusters=["organization", "team"]', 'clusters=["team"]'
    if name == "TwoLevelSEM":
        return (
            "TwoLevelSEM needs one level of clusters, that at which the predictor is measured. "
            f"`clusters` is empty. Name it, for example {one}, or use OLS() if rows are "
            "independent."
        )
    covariance = getattr(engine, "covariance", None)
    if isinstance(covariance, Covariance):
        return (
            f"{name} with {covariance.name} needs clusters, outermost first. `clusters` is empty. "
            f"Name them, for example {both}, or choose Covariance.CLASSICAL or HC3 if rows are "
            "independent."
        )
    return (
        f"{name} needs clusters, outermost first. `clusters` is empty. Name them, for example "
        f"{both}, or use OLS() if rows are independent."
    )
