"""What the part on slopes that are not one number says in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediation.reporting.format import number, p_phrase, percent, point_and_interval
from mediation.reporting.robustness.moderation_rows import Asked
from mediation.reporting.sentences import lower_label, significance
from mediation.reporting.wording import counted, label, plural
from mediation.sensitivity.slopes import SlopesOfClusters
from mediation.vocabulary import Level

# With fewer clusters an interaction with what is measured on clusters is hardly ever found.
FEW = 30


def question_of(asked: tuple[Asked, ...], labels: Mapping[str, str]) -> str:
    """Ask what the part answers.

    Parameters
    ----------
    asked : tuple of Asked
    labels : mapping of str to str
    """
    names = dict.fromkeys(lower_label(each.mediator, labels) for each in asked)
    predictor = lower_label(asked[0].cell.result.fit.model.predictor, labels)
    said = f"Does the slope of the outcome on {' or '.join(names)} change with {predictor}"
    clusters = _cluster(asked)
    return f"{said}, or differ between {plural(clusters)}?" if clusters else f"{said}?"


def answer_of(asked: tuple[Asked, ...], labels: Mapping[str, str]) -> str:
    """Count the interactions and the spreads that can be told from none, with the largest.

    Parameters
    ----------
    asked : tuple of Asked
    labels : mapping of str to str

    Returns
    -------
    str
    """
    return " ".join((*_interactions(asked, labels), *_spreads(asked)))


def _interactions(asked: tuple[Asked, ...], labels: Mapping[str, str]) -> Iterator[str]:
    known = [each for each in asked if each.effects]
    if not known:
        return
    found = sum(each.is_moderated for each in known)
    predictor = lower_label(known[0].cell.result.fit.model.predictor, labels)
    if len(known) == 1:
        verb = "excludes" if found else "includes"
        yield f"The interval of the interaction with {predictor} {verb} zero."
    else:
        verb = "exclude" if found > 1 else "excludes"
        yield (
            f"{found or 'None'} of {len(known)} intervals of the interaction with {predictor} "
            f"{verb} zero."
        )
    most = max(known, key=_change)
    low, high = most.effects[0], most.effects[-1]
    where = "" if len(known) == 1 else f"Where it changes most ({most.title}), "
    said = (
        f"{where}the indirect effect is {point_and_interval(low.effect)} where {predictor} is low "
        f"and {point_and_interval(high.effect)} where it is high."
    )
    yield said[:1].upper() + said[1:]


def _change(asked: Asked) -> float:
    """Size of the interaction in its standard errors."""
    found = asked.interaction
    if found is None or not found.value.std_error > 0:
        return 0.0
    return abs(found.value.estimate) / found.value.std_error


def _spreads(asked: tuple[Asked, ...]) -> Iterator[str]:
    known = [(each, each.slopes) for each in asked if each.slopes is not None]
    if not known:
        return
    first = known[0][1]
    clusters, size = plural(first.cluster), significance(first.conf_level)
    found = sum(each.differs for each, _ in known)
    if len(known) == 1:
        rest = "differ" if found else "cannot be told apart"
        yield f"Slopes {rest} between {clusters} (p {'<' if found else '≥'} {size})."
        yield from _by_f_test(known[0][0], found=bool(found))
    else:
        by_own = [(each, slopes) for each, slopes in known if each.own_differ]
        names = "; ".join(f"{each.title}: SD {_sd_text(slopes)}" for each, slopes in by_own)
        if all(each.own_differ == each.differs for each, _ in known):
            names = ""
        yield (
            f"Of {len(known)} models the likelihood ratio tells slopes apart between {clusters} in "
            f"{found or 'none'} (p < {size}), the F test of the {clusters}' own slopes in "
            f"{len(by_own) or 'none'}{f' ({names})' if names else ''}."
        )
    bounds = sum(not slopes.intercepts_differ and not each.differs for each, slopes in known)
    if bounds:
        where = "" if len(known) == 1 else f" in {bounds} of the models"
        yield (
            f"The p of the likelihood ratio is an upper bound{where}, where the intercepts of "
            f"{clusters} are estimated not to vary."
        )


def _sd_text(slopes: SlopesOfClusters) -> str:
    return f"{number(slopes.sd)} [{number(slopes.sd_low)}, {number(slopes.sd_high)}]"


def _by_f_test(asked: Asked, *, found: bool) -> Iterator[str]:
    """Say so where the F test of one model says another thing."""
    slopes = asked.slopes
    if slopes is not None and asked.own_differ != found:
        yield (
            f"The F test of the {plural(slopes.cluster)}' own slopes, which does not suppose that "
            f"they are normal, says otherwise ({p_phrase(slopes.own.p_value)}; SD of the slopes "
            f"{_sd_text(slopes)})."
        )


def paragraphs_of(asked: tuple[Asked, ...], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Say what was done and how to read it.

    Parameters
    ----------
    asked : tuple of Asked
    labels : mapping of str to str

    Returns
    -------
    tuple of str
    """
    told: list[str] = []
    if any(each.effects for each in asked):
        told += _about_products(asked, labels)
    if any(each.slopes is not None for each in asked):
        told += _about_slopes(asked)
    return tuple(told)


def _about_products(asked: tuple[Asked, ...], labels: Mapping[str, str]) -> Iterator[str]:
    known = next(each for each in asked if each.products is not None)
    products = known.products
    assert products is not None
    predictor = lower_label(products.model.predictor, labels)
    mediator = lower_label(known.mediator, labels)
    cluster = (_cluster(asked) or "cluster").replace("_", " ")
    factor = {
        Level.WITHIN: f"the deviation of {mediator} from its {cluster} mean",
        Level.BETWEEN: f"the {cluster} mean of {mediator}, as well as with the deviation from it",
    }.get(known.level, mediator)
    yield (
        f"The declared analysis supposes one slope b whatever {predictor} is. Here the equation of "
        f"the outcome gets the product of {predictor} with {factor}, and a (b + d x) is "
        f"the indirect effect where {predictor} is x above its mean (Preacher, Rucker and Hayes, "
        "2007, eq. 5); natural effects are those of VanderWeele and Vansteelandt (2009). If d is "
        "not zero, no one number is the indirect effect: it must be said for whom."
    )
    n = products.n_clusters
    if known.level is not Level.SINGLE and n < FEW:
        level = known.cell.result.fit.predictor_level or "cluster"
        yield (
            f"{label(products.model.predictor, labels)} differs between {counted(n, level)}, and "
            "hardly anything but their slopes speaks to d. With so few a sizable interaction is "
            "easily missed: an interval that covers zero also covers changes that would matter, "
            "and its ends say which."
        )
    engines = {each.products.engine_label for each in asked if each.products is not None}
    declared = {each.cell.result.fit.engine_label for each in asked}
    if not engines <= declared:
        yield (
            f"Fitted by {', '.join(sorted(engines))} to the complete rows, since products need "
            "mediators that are columns without a gap."
        )


def _about_slopes(asked: tuple[Asked, ...]) -> Iterator[str]:
    found = next(each.slopes for each in asked if each.slopes is not None)
    clusters, cluster = plural(found.cluster), found.cluster.replace("_", " ")
    shares = [each.slopes.share_positive for each in asked if each.slopes is not None]
    span = " to ".join(dict.fromkeys((percent(min(shares)), percent(max(shares)))))
    yield (
        f"A second model lets every {cluster} have a slope of its own (a random slope, by "
        "restricted likelihood, with the random intercepts of the declared model). The likelihood "
        "ratio is compared with an equal mixture of χ² with 1 and 2 degrees of freedom (Stram and "
        f"Lee, 1994; Self and Liang, 1987), which supposes intercepts that differ. At these "
        f"estimates {span} of {clusters} would have a "
        "positive slope; where the SD is estimated at zero that says only that the data do not "
        "show the spread."
    )
    yield (
        f"Slopes that differ between {clusters} leave the indirect effect what it is, a times the "
        f"average b, as long as a does not go with b. They widen its interval, which the cluster-"
        "robust (CR2) standard error of b within allows for where the declared analysis uses it "
        "(mixed models do by default)."
    )
    widest = max((each for each in asked if each.slopes is not None), key=_spread)
    assert widest.slopes is not None
    if widest.slopes.sd > 0:
        yield (
            f"The largest spread beside its average: SD {number(widest.slopes.sd)} around "
            f"{number(widest.slopes.mean)} ({widest.title})."
        )


def _spread(asked: Asked) -> float:
    slopes = asked.slopes
    assert slopes is not None
    return slopes.sd / max(abs(slopes.mean), 1e-300)


def _cluster(asked: tuple[Asked, ...]) -> str | None:
    return next((each.slopes.cluster for each in asked if each.slopes is not None), None)
