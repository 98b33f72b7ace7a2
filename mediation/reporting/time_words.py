"""Sentences of the report on dates: windows of the waves, spells, and calendar time."""

from __future__ import annotations

from collections.abc import Iterator

from mediation.linkage.table import AnalysisTable, SpellSummary
from mediation.reporting.format import small_count, whole
from mediation.study.waves import OFF_PLAN, WindowSummary
from mediation.vocabulary import TimeAdjustment


def window_sentences(windows: WindowSummary, minimum: int) -> Iterator[str]:
    """Say which interviews belong to a wave, and how many lie off it.

    Parameters
    ----------
    windows : WindowSummary
    minimum : int
        Smallest count shown.

    Yields
    ------
    str
    """
    yield (
        f"An interview belongs to the nearest planned wave if it was held at most "
        f"{windows.window:g} months before or after it."
    )
    early, late = (sum(getattr(w, name) for w in windows.waves) for name in ("n_early", "n_late"))
    second = sum(w.n_second for w in windows.waves)
    off = f"more than {OFF_PLAN * windows.window:g} months"
    if early or late:
        yield (
            f"{_start(early, minimum)} of those interviews were held {off} before the planned time "
            f"and {small_count(late, minimum) if late else 'none'} {off} after it."
        )
    else:
        yield f"None of those interviews was held {off} before or after the planned time."
    left = (
        (windows.n_outside, "lie in no window"),
        (second, "are second interviews of a client in one window, of which the nearest counts"),
        (windows.n_undated, "have no known time since enrollment"),
    )
    told = [f"{small_count(n, minimum)} {words}" for n, words in left if n]
    if told:
        yield f"Left out: {'; '.join(told)}."


def spell_sentences(
    spells: SpellSummary, row_noun: tuple[str, str], minimum: int, *, n_shown: bool = True
) -> Iterator[str]:
    """Say who had changed case manager or team.

    Parameters
    ----------
    spells : SpellSummary
    row_noun : (str, str)
    minimum : int
        Smallest count shown.
    n_shown : bool
        Whether the number interviewed for the mediator may stand beside the other counts of the
        report.

    Yields
    ------
    str
    """
    count = f"{small_count(spells.n_clients, minimum)} " if n_shown else "the "
    of = f"of {count}{row_noun[1]} interviewed for the mediator"
    managers, teams = spells.n_changed_manager, spells.n_changed_team
    later = spells.n_changed_team_later
    if managers is not None:
        is_near = managers_near_teams(spells, minimum)
        many = "Some" if is_near else _many(managers, spells.n_clients, minimum)
        yield (
            f"{many} {of} had changed case manager since enrollment; the one at that interview "
            "counts."
        )
    if teams is not None:
        after = ""
        if later:
            after = f"; {small_count(later, minimum)} changed between it and that of the outcome"
        belong = " They belong to the team of that interview." if teams or later else ""
        many = _many(teams, spells.n_clients, minimum)
        yield f"{many} {of} had changed team by then{after}.{belong}"
    if spells.n_after_spell or spells.n_without_spell:
        yield " ".join(_outside_spells(spells, minimum))


def managers_near_teams(spells: SpellSummary, minimum: int) -> bool:
    """Say whether the two counts of changes differ by a few people.

    Who changes team changes case manager as a rule, so that the difference tells of the others.
    """
    managers, teams = spells.n_changed_manager, spells.n_changed_team
    if managers is None or teams is None:
        return False
    return 0 < abs(managers - teams) < minimum


def _outside_spells(spells: SpellSummary, minimum: int) -> Iterator[str]:
    """Say to whom those belong whom no spell covers."""
    after, without = spells.n_after_spell, spells.n_without_spell
    if after:
        yield (
            f"{_start(after, minimum)} were in no spell at that interview and have the case "
            "manager and team of the last one before it."
        )
    if without:
        yield (
            f"{_start(without, minimum)} have no spell that began before it and keep the case "
            "manager and team of the table of clients."
        )


def stayed_sentence(n_changed: int, minimum: int, *, is_fitted: bool) -> str:
    """Say where the analysis without clients who changed team is, or why there is none.

    Parameters
    ----------
    n_changed : int
        Complete rows of clients who changed team up to the interview of the outcome.
    minimum : int
        Smallest count shown.
    is_fitted : bool
        Whether the analysis could be made.

    Returns
    -------
    str
    """
    if is_fitted:
        return "The headline effect without clients who changed team is among the other analyses."
    if n_changed >= minimum:
        return "The analysis without clients who changed team failed: see the warnings."
    who = "none" if n_changed == 0 else f"fewer than {minimum}"
    why = "" if n_changed == 0 else ", and the difference would tell of them"
    return (
        f"The headline effect without clients who changed team is not given: {who} of those "
        f"without a missing value did{why}."
    )


def planned_sentence(n_planned: int, row_noun: tuple[str, str], minimum: int) -> str:
    """Say how many were linked at a planned date; empty if nobody was."""
    if not n_planned:
        return ""
    return (
        f"{_start(n_planned, minimum)} {row_noun[1]} without a date of that interview were linked "
        "at the date at which it was planned."
    )


def _many(count: int, of: int, minimum: int) -> str:
    """Begin a sentence with a count, unless it or the rest of its group is small."""
    if count == 0:
        return "None"
    return "Nearly all" if 0 < of - count < minimum else _start(count, minimum)


def _start(count: int, minimum: int) -> str:
    """Begin a sentence with a count."""
    if count == 0:
        return "None"
    return f"Fewer than {minimum}" if count < minimum else whole(count)


def time_sentence(
    table: AnalysisTable, choice: TimeAdjustment, *, adjusted: bool, varies: bool
) -> str:
    """Say whether calendar time is in the equations, and why.

    Parameters
    ----------
    table : AnalysisTable
    choice : TimeAdjustment
        Of the manifest.
    adjusted : bool
        Whether calendar time is in the equations.
    varies : bool
        Whether the predictor varies inside clusters.

    Returns
    -------
    str
        Empty where time is no matter: the predictor has one value in each cluster and nobody
        chose anything.
    """
    if table.waves is None:
        return ""
    if adjusted and varies:
        return (
            "Calendar time is in every equation, since fidelity changes inside clusters: without "
            "it a common trend would look like an effect of fidelity."
        )
    if adjusted:
        return "Calendar time is in every equation, as the manifest says."
    if varies:
        return (
            "Calendar time is in no equation, although fidelity changes inside clusters. That was "
            f'chosen in the manifest (time_adjustment = "{choice.value}"): a trend common to '
            "fidelity, alliance and outcome counts as an effect of fidelity here."
        )
    return ""
