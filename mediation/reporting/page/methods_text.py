"""The statistical methods of a report as paragraphs for a manuscript, with its numbers in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mediation.inference.result import MediationResult
from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.format import PRIME, conf_level, whole
from mediation.reporting.interval_words import interval_kind, interval_name, n_resamples
from mediation.reporting.page.glance import listed, span
from mediation.reporting.sentences import lower_label, size_sentence
from mediation.reporting.wording import (
    counted,
    effect_text,
    innermost,
    is_split,
    label,
    labels_of,
    plural,
    waves_text,
)
from mediation.vocabulary import EffectName, Level, MissingMethod


@dataclass(frozen=True, slots=True)
class Methods:
    """A heading of the methods and its paragraph."""

    heading: str
    text: str


def methods_text(
    contents: ReportContents, entry: Entry, questions: Sequence[str]
) -> tuple[Methods, ...]:
    """Write what was done, ready to be pasted and finished by its author.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    questions : sequence of str
        What the report asks of the robustness of the answer.

    Returns
    -------
    tuple of Methods
        Each said of the declared analysis of the entry alone. Works are named by author and year.
    """
    labels = labels_of(contents)
    noun = contents.row_noun
    made = (
        Methods("Design and sample", _design(contents, entry, labels)),
        Methods("Measures", _measures(contents)),
        Methods("Models", _models(entry, labels, noun)),
        Methods("Inference", _inference(entry, noun)),
        Methods("Missing values", _missing(entry, noun)),
        Methods("Sensitivity", _sensitivity(questions)),
        Methods("Software", _software(contents)),
    )
    return tuple(part for part in made if part.text)


def _design(contents: ReportContents, entry: Entry, labels: Mapping[str, str]) -> str:
    first = entry.cells[0]
    fit = first.result.fit
    text = size_sentence(contents)
    predictor = label(fit.model.predictor, labels)
    if fit.predictor_level is not None:
        text += f" {predictor} differs between {plural(fit.predictor_level)}"
        text += ", and over time." if fit.predictor_varies else "."
    pairs = list(dict.fromkeys(waves_text(cell.waves) for cell in entry.cells if cell.waves))
    if pairs:
        text += (
            f" The mediator was taken from the earlier and the outcome from the later interview "
            f"of each pair ({', '.join(pairs)} after enrollment)."
        )
    rows = span([cell.result.fit.counts.n_clients for cell in entry.cells])
    return f"{text} The models rest on {rows} {contents.row_noun[1]}."


def _measures(contents: ReportContents) -> str:
    named = [
        f"{scale.label} ({scale.instrument.name}, {scale.instrument.version})"
        for scale in contents.measures
    ]
    return f"Scores were made from items: {'; '.join(named)}." if named else ""


def _models(entry: Entry, labels: Mapping[str, str], row_noun: tuple[str, str]) -> str:
    result = entry.cells[0].result
    fit, model = result.fit, result.fit.model
    cluster = innermost(result)
    outcomes = list(dict.fromkeys(lower_label(cell.outcome, labels) for cell in entry.cells))
    mediators = " and ".join(lower_label(name, labels) for name in model.mediators)
    text = (
        f"For each of {listed(outcomes)}, {mediators} was regressed on "
        f"{label(model.predictor, labels)} (path a), and the outcome on both (paths c{PRIME} and "
        f"b), in the same complete {'rows' if row_noun[1] == 'rows' else row_noun[1]}."
    )
    if fit.convergence and _is_full_information(entry):
        text = text.replace("the same complete", "all")
    if cluster and any(is_split(result, name) for name in model.mediators):
        text += (
            f" The mediator was split into the mean of the {cluster} and the deviation from it, "
            f"so that slopes within and between {plural(cluster)} stay apart (Zhang, Zyphur, & "
            "Preacher, 2009; Preacher, Zyphur, & Zhang, 2010)."
        )
    adjusted = [lower_label(name, labels) for name in model.covariates]
    baseline = any(name.endswith("_0") for name in model.outcome_covariates)
    if adjusted:
        text += f" Every equation was adjusted for {listed(adjusted)}."
    if baseline:
        text += " That of the outcome was also adjusted for the outcome at the first interview."
    if fit.time_adjusted:
        text += " Calendar time is in every equation."
    return f"{text} Estimation: {fit.engine_label}{_engine_sources(fit.engine_label)}."


def _is_full_information(entry: Entry) -> bool:
    return "full information" in entry.cells[0].result.fit.engine_label


def _engine_sources(engine_label: str) -> str:
    found = [
        source
        for word, source in (
            ("Kenward-Roger", "Kenward & Roger, 1997"),
            ("CR2", "Pustejovsky & Tipton, 2018"),
        )
        if word in engine_label
    ]
    return f" ({'; '.join(found)})" if found else ""


def _inference(entry: Entry, row_noun: tuple[str, str]) -> str:
    result = entry.cells[0].result
    effect, level = entry.headline
    cluster = innermost(result)
    name = effect_text(EffectName(effect), Level(level), cluster)
    text = f"The effect of interest, declared beforehand, is: {name[:1].lower()}{name[1:]}."
    text += f" {conf_level(result.conf_level)} intervals of effects: "
    text += interval_name(result, row_noun)
    draws = max((row.value.n_draws for row in result.effects), default=0)
    if draws:
        text += f" ({whole(n_resamples(result))} draws, seed {_seed(result)})"
    if interval_kind(result)[0] == "MonteCarlo":
        text += ", after MacKinnon, Lockwood, and Williams (2004), with t in place of normal draws"
        text = text if interval_kind(result)[1] == "T" else text.rpartition(", with t")[0]
    text += "."
    n_headlines = sum(len(cell.headline_p_holm) for cell in entry.cells)
    if n_headlines > 1:
        text += f" Their {n_headlines} p-values were adjusted for each other (Holm, 1979)."
    return text


def _seed(result: MediationResult) -> str:
    return "not recorded" if result.seed is None else str(result.seed)


def _missing(entry: Entry, row_noun: tuple[str, str]) -> str:
    cell = entry.cells[0]
    label_ = cell.result.fit.engine_label
    if "imputation" in label_ or "imputed" in label_:
        return (
            "Missing values were imputed by chained equations with random intercepts of clusters "
            "(van Buuren, 2018) and estimates pooled (Rubin, 1987; Barnard & Rubin, 1999)."
        )
    if _is_full_information(entry):
        return "Rows with missing mediators or outcomes were kept (full information)."
    beside = any(
        MissingMethod.MULTIPLE_IMPUTATION.value.replace("_", " ") in name
        for each in entry.cells
        for name, _ in each.alternatives
    )
    text = f"{row_noun[1].capitalize()} with a missing value in any column of a model were left out"
    if not beside:
        return f"{text}."
    return (
        f"{text}; the analysis was repeated with values imputed by chained equations with random "
        "intercepts of clusters (van Buuren, 2018; Rubin, 1987; Barnard & Rubin, 1999)."
    )


def _sensitivity(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    asked = " ".join(questions)
    return f"{counted(len(questions), 'question').capitalize()} put to the answer: {asked}"


def _software(contents: ReportContents) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in contents.versions)
    return f"Python packages: {versions}. Seed {contents.seed}."
