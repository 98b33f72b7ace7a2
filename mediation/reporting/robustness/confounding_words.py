"""Words on unmeasured common causes. None claims more than was supposed and found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mediation.inference.interval import Estimate
from mediation.reporting.format import has_limits, number, percent, point
from mediation.reporting.robustness.confounding_rows import RHO, Asked, where
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import plural
from mediation.sensitivity.confounding_benchmarks import Benchmark
from mediation.vocabulary import Level


def overturns_of(asked: Sequence[Asked]) -> bool | None:
    """Whether a common cause as strong as a measured covariate changes the finding of any model.

    Returns
    -------
    bool or None
        None if no covariate can be compared with.
    """
    known = [
        (each, value) for each in asked for _, value in each.found.benchmarks if value is not None
    ]
    if not known:
        return None
    return any(each.side(value) != each.side(each.found.value) for each, value in known)


def answer_of(asked: Sequence[Asked], labels: Mapping[str, str]) -> str:
    """Say in a few sentences what it takes."""
    parts = (
        _found_sentence(asked),
        _a_sentence(asked),
        _point_sentence(asked),
        _benchmark_sentence(asked, labels),
    )
    return " ".join(part for part in parts if part)


def _found_sentence(asked: Sequence[Asked]) -> str:
    """Say how little ends the findings, or that there is none to end."""
    what = "interval" if all(has_limits(each.found.value) for each in asked) else "test"
    sure = [each for each in asked if each.main.excludes_zero]
    if not sure:
        which = f"The {what} holds" if len(asked) == 1 else f"All {len(asked)} {what}s hold"
        how = "as it is" if len(asked) == 1 else "as they are"
        return f"{which} zero {how}, so that there is no finding for a common cause to end."
    ends = [(each, each.weaker) for each in sure if each.weaker.tip is not None]
    count = f"{_how_many(len(sure), len(asked), what)} zero"
    if not ends:
        return f"{count}, and no correlation of errors up to 0.95 changes that."
    each, curve = min(ends, key=lambda pair: abs(pair[1].tip or 0.0))
    assert curve.tip is not None
    where_ = where(curve.errors, each.cluster)
    which = "the least sure of them" if len(sure) > 1 else "it"
    text = (
        f"{count}; {which} would no longer exclude zero if {where_} correlated by "
        f"{RHO} = {_signed(curve.tip)}"
    )
    if curve.zero is None or curve.zero * curve.tip < 0:
        return f"{text}."
    return f"{text} (the estimate is zero at {_signed(curve.zero)}; beyond, it has the other sign)."


def _signed(rho: float) -> str:
    return f"+{number(rho)}" if rho > 0 else number(rho)


def _a_sentence(asked: Sequence[Asked]) -> str:
    """Say where the path to the mediator is not sure of itself."""
    count = sum(each.found.path_a.holds_zero for each in asked)
    if not count:
        return ""
    if len(asked) == 1:
        return "The interval of a holds zero as it is, without any common cause."
    which = "all" if count == len(asked) else f"{count} of {len(asked)}"
    return f"The interval of a holds zero as it is in {which} models, without any common cause."


def _how_many(sure: int, total: int, what: str) -> str:
    """Begin a sentence with how many intervals, or tests, exclude zero."""
    if total == 1:
        return f"The {what} excludes"
    if sure == total:
        return f"{'Both' if total == 2 else f'All {total}'} {what}s exclude"
    return f"Of {total} {what}s {sure} {'excludes' if sure == 1 else 'exclude'}"


def _point_sentence(asked: Sequence[Asked]) -> str:
    """Say what brings the estimates to zero."""
    numbers = range(max(len(each.found.own_curves) for each in asked))
    texts = [text for number_ in numbers if (text := _zero_text(asked, number_))]
    texts = [
        text if not k else f"or where{text.partition(' where')[2]}" for k, text in enumerate(texts)
    ]
    if not texts:
        return "No correlation of errors brings an estimate to zero."
    shares = sorted(each.found.path_b.point for each in asked if each.main.zero is not None)
    if not shares:
        return f"{' '.join(texts)}."
    span = _span([percent(share) for share in shares])
    if asked[0].found.level is Level.BETWEEN:
        return (
            f"{'; '.join(texts)}. In the regression of as many {plural(asked[0].cluster or 'row')} "
            "as speak to it, a common cause that explained equal shares of what is left of both "
            f"ends of b, {span} of each, would end b."
        )
    return (
        f"{'; '.join(texts)}: a common cause that explained equal shares of what is left "
        f"unexplained of mediator and of outcome would have to explain {span} of each."
    )


def _zero_text(asked: Sequence[Asked], number_: int) -> str:
    """Say where estimates are zero, for the errors of one level."""
    curves = [
        each.found.own_curves[number_] for each in asked if number_ < len(each.found.own_curves)
    ]
    zeros = [curve.zero for curve in curves if curve.zero is not None]
    if not zeros:
        return ""
    estimates = "estimate is" if len(zeros) == 1 else "estimates are"
    errors = where(curves[0].errors, asked[0].cluster)
    return f"The {estimates} zero where {errors} correlate by {_rhos(zeros)}"


def _rhos(zeros: Sequence[float]) -> str:
    """Give correlations from the least to the greatest, by size where signs differ."""
    if min(zeros) < 0 < max(zeros):
        return f"{_span([number(rho) for rho in sorted(map(abs, zeros))])} in size"
    return _span([number(rho) for rho in sorted(zeros, key=abs)])


def _span(texts: Sequence[str]) -> str:
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"


def _benchmark_sentence(asked: Sequence[Asked], labels: Mapping[str, str]) -> str:
    """Compare with the measured covariate that matters most."""
    kept = [(each, pair) for each in asked if (pair := each.found.strongest) is not None]
    if not kept:
        return ""
    each, (benchmark, value) = min(kept, key=lambda pair: pair[0].found.value.p_value)
    named = lower_label(benchmark.name, labels)
    at_most = (
        f"A common cause as strong as {named} would at most bring the effect from "
        f"{point(each.found.value)} to {point(value)}"
    )
    if len(asked) > 1:
        at_most += f" in the model with the clearest effect ({each.title})"
    at_most += _largest_fall(kept, each, labels)
    changes = [a for a in asked if _is_changed(a)]
    if not any(a.main.excludes_zero for a in asked):
        return f"{at_most}."
    if not changes:
        return f"{at_most}; none as strong as a measured covariate would change a finding."
    models = "model" if len(changes) == 1 else "models"
    return f"{at_most}; one as strong would change the finding of {len(changes)} {models}."


def _largest_fall(
    kept: Sequence[tuple[Asked, tuple[Benchmark, Estimate]]],
    quoted: Asked,
    labels: Mapping[str, str],
) -> str:
    """Give the largest fall, as a share of the effect, and how many effects change sign."""

    def left(pair: tuple[Asked, tuple[Benchmark, Estimate]]) -> float:
        each, (_, value) = pair
        return value.estimate / each.found.value.estimate

    text = ""
    each, (benchmark, value) = min(kept, key=left)
    if each is not quoted:
        text = (
            f", and the effect that falls most for its size from {point(each.found.value)} to "
            f"{point(value)} ({each.title}, {lower_label(benchmark.name, labels)})"
        )
    flips = sum(left(pair) < 0 for pair in kept)
    if not flips:
        return text
    estimates = "the estimate changes" if len(kept) == 1 else f"{flips} of {len(kept)} change"
    return f"{text}; {estimates} sign"


def _is_changed(each: Asked) -> bool:
    declared = each.side(each.found.value)
    return any(
        value is not None and each.side(value) != declared for _, value in each.found.benchmarks
    )
