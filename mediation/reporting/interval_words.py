"""The interval in words: which one, why, on how many draws, and what those leave uncertain."""

from __future__ import annotations

import math
import re

from mediation.inference.result import MediationResult
from mediation.reporting.contents import Entry
from mediation.reporting.format import decimals_for, number, whole
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.wording import innermost, plural

_OWN_DF = (
    "each path has its own degrees of freedom, since with few clusters limits of the normal "
    "distribution are too narrow"
)
_KNOWN = (
    "standard errors are taken as known (normal distribution), which with few clusters is too "
    "narrow"
)
_RATES = "Error rates of the interval are in docs/coverage of the package."
_WHY = {
    ("MonteCarlo", "T"): f"The draws keep the skew of a product; {_OWN_DF}. {_RATES}",
    ("MonteCarlo", "NORMAL"): f"The draws keep the skew of a product, but {_KNOWN}. {_RATES}",
    ("ProductDistribution", "T"): (
        f"The limits are quantiles of the distribution of the product, computed and not drawn; "
        f"{_OWN_DF}. {_RATES}"
    ),
    ("ProductDistribution", "NORMAL"): (
        "The limits are quantiles of the distribution of the product, computed and not drawn, but "
        f"{_KNOWN}. {_RATES}"
    ),
    ("Delta", "T"): (
        f"The limits are symmetric, although the distribution of a product is not; {_OWN_DF}."
    ),
    ("Delta", "NORMAL"): (
        f"The limits are symmetric, although the distribution of a product is not, and {_KNOWN}."
    ),
    ("JointSignificance", "T"): (
        f"An effect is taken to be there if both its paths are; {_OWN_DF}. This is a test: it says "
        "nothing about the size of an effect."
    ),
    ("JointSignificance", "NORMAL"): (
        f"An effect is taken to be there if both its paths are; {_KNOWN}. This is a test: it says "
        "nothing about the size of an effect."
    ),
    ("Bootstrap", "CLUSTERS"): (
        "Whole {outer} are drawn, so that what is alike inside them stays together. With few of "
        f"them such limits err more often than they say. {_RATES}"
    ),
    ("Bootstrap", "CLIENTS"): "{People} are drawn one by one, which is right if independent.",
    ("Bootstrap", "PUBLISHED"): (
        "{People} are drawn one by one, as in published analyses, although they come in {inner}: "
        f"such limits are too narrow. {_RATES}"
    ),
    ("Bootstrap", "PARAMETRIC"): (
        "New scores are drawn from the fitted model, with {inner} as they are, and fitted again: "
        "the limits are as good as that model, its variances and normal distributions included."
    ),
    ("WildClusterBootstrap", ""): (
        "Residuals of whole clusters change sign or size at random with the path held at zero, "
        "which keeps what is alike inside clusters together. It tests single paths; a product has "
        "the larger p-value of its two paths and no limits."
    ),
}
_DEFAULTS = {"MonteCarlo": "T", "ProductDistribution": "T", "JointSignificance": "T"}
_DEFAULTS |= {"Delta": "NORMAL", "Bootstrap": "CLUSTERS"}
_CORRECTIONS = {
    "BC": (
        "The percentiles are corrected for bias, which with few clusters makes them err more often."
    ),
    "BCA": (
        "The percentiles are corrected for bias and skew, which with few clusters is no remedy."
    ),
}


def interval_kind(result: MediationResult) -> tuple[str, str]:
    """Name the interval of a result and the option that decides what it means.

    Returns
    -------
    (str, str)
        For example ("MonteCarlo", "T") or ("Bootstrap", "CLUSTERS").
    """
    name = result.interval.split("(")[0]
    options = _options(result)
    return name, options.get("distribution", options.get("resample", _DEFAULTS.get(name, "")))


def interval_name(result: MediationResult, row_noun: tuple[str, str]) -> str:
    """Name the interval in the nouns of the study."""
    text = result.interval_label.replace("clients", row_noun[1])
    clusters = result.fit.model.clusters
    return text.replace("outermost clusters", plural(clusters[0])) if clusters else text


def drawn_noun(result: MediationResult) -> str:
    """Name what is drawn: draws, resamples, or vectors of weights."""
    nouns = {"Bootstrap": "resamples", "WildClusterBootstrap": "vectors of weights"}
    return nouns.get(interval_kind(result)[0], "draws")


def interval_paragraphs(entry: Entry, row_noun: tuple[str, str]) -> tuple[str, ...]:
    """Say which interval the declared analysis uses, why, and how sure its limits are.

    Parameters
    ----------
    entry : Entry
    row_noun : (str, str)
        What a row is, singular and plural.

    Returns
    -------
    tuple of str
        Two paragraphs: the interval, then its draws.
    """
    result = entry.cells[0].result
    name = interval_name(result, row_noun)
    why = _why(result, row_noun)
    first = f"Intervals: {name}. {why}".rstrip()
    return first, " ".join((_drawn(entry, row_noun), *failure_sentences(_results(entry))))


def failure_sentences(results: list[MediationResult]) -> tuple[str, ...]:
    """Count the resamples that could not be estimated, by cause, over the models of an entry."""
    causes = dict.fromkeys(cause for result in results for cause, _ in result.failures)
    sentences = []
    for cause in causes:
        counts = [dict(result.failures).get(cause, 0) for result in results]
        totals = [n_resamples(result) for result in results]
        sentences.append(
            f"Could not be estimated and left out, {_span(counts)} of {_span(totals)} resamples"
            f"{' of a model' if len(results) > 1 else ''}: {cause}."
        )
    return tuple(sentences)


def n_resamples(result: MediationResult) -> int:
    """Count all resamples of a result, those that could not be estimated among them."""
    used = max((row.value.n_draws for row in result.effects), default=0)
    return used + sum(n for _, n in result.failures)


def is_enumerated(result: MediationResult) -> bool:
    """Whether every possible resample of whole clusters was estimated."""
    drawn = [row.value for row in result.effects if row.value.n_draws]
    return (
        interval_kind(result) == ("Bootstrap", "CLUSTERS")
        and bool(drawn)
        and all(value.limit_error == 0 for value in drawn)
    )


def _options(result: MediationResult) -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\w+)", result.interval))


def _why(result: MediationResult, row_noun: tuple[str, str]) -> str:
    clusters = result.fit.model.clusters
    people = row_noun[1]
    words = {
        "outer": plural(clusters[0]) if clusters else "clusters",
        "inner": plural(innermost(result) or "cluster"),
        "People": f"{people[:1].upper()}{people[1:]}",
    }
    text = _WHY.get(interval_kind(result), "")
    for key, word in words.items():
        text = text.replace(f"{{{key}}}", word)
    correction = _CORRECTIONS.get(_options(result).get("limits", ""), "")
    return f"{text} {correction}".strip()


def _results(entry: Entry) -> list[MediationResult]:
    return [cell.result for cell in entry.cells]


def _drawn(entry: Entry, row_noun: tuple[str, str]) -> str:
    """Say how many draws there are and what they leave uncertain in the headline rows."""
    results = _results(entry)
    rows = [r.value for result in results for r in headline_rows(result, entry.headline)]
    rows = [row for row in rows if not math.isnan(row.estimate)]
    if not any(row.n_draws for row in rows):
        return "Nothing is drawn for the headline rows, so they have no Monte Carlo error."
    count = f"{_span([n_resamples(result) for result in results])} {drawn_noun(results[0])}"
    if interval_kind(results[0])[0] == "WildClusterBootstrap":
        vectors = f"{_span([row.n_draws for row in rows])} {drawn_noun(results[0])}"
        return f"p-values of the headline rows rest on {vectors}."
    if all(is_enumerated(result) for result in results):
        outer = interval_name(results[0], row_noun).split("whole ")[-1].split(",")[0]
        return (
            f"All {count} of {outer} that there can be were estimated and weighted by their "
            "probability, so the limits have no Monte Carlo error."
        )
    errors = [row.limit_error for row in rows if math.isfinite(row.limit_error)]
    return (
        f"With {count}, the limits of the headline rows would move by about "
        f"{_errors(errors)} points with other draws (one standard error, the larger of the two "
        "limits)."
    )


def _span(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return whole(low) if low == high else f"{whole(low)} to {whole(high)}"


def _errors(errors: list[float]) -> str:
    texts = [f"±{number(error, decimals_for(error))}" for error in (min(errors), max(errors))]
    return " to ".join(dict.fromkeys(texts))
