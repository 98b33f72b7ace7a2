"""A note on degrees of freedom so low that Satterthwaite's approximation is rough."""

from __future__ import annotations

from mediation.estimation.paths import PathEstimates
from mediation.model import Parameter
from mediation.vocabulary import Level, PathName

# The rule that the R package robumeta prints under its tables of such df: below 4, do not trust.
LOW_DF = 4.0


def note_low_df(paths: PathEstimates, *, only_b_within: bool = False) -> tuple[str, ...]:
    """Name the paths whose Satterthwaite df for CR2 are too low to rely on.

    Parameters
    ----------
    paths : PathEstimates
    only_b_within : bool
        Whether CR2 is the standard error of b within alone.

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    several = sum(parameter.path is PathName.A for parameter in paths.parameters) > 1
    low = [
        _name(parameter, several)
        for parameter, df in zip(paths.parameters, paths.df.tolist(), strict=True)
        if df < LOW_DF and (not only_b_within or _is_b_within(parameter))
    ]
    if not low:
        return ()
    return (
        f"Satterthwaite's degrees of freedom for CR2 are below {LOW_DF:g} for {', '.join(low)}: so "
        "few clusters speak to these paths that their standard errors, intervals and p values are "
        "not reliable.",
    )


def _is_b_within(parameter: Parameter) -> bool:
    return (parameter.path, parameter.level) == (PathName.B, Level.WITHIN)


def _name(parameter: Parameter, several: bool) -> str:
    words = {PathName.C_PRIME: "c'", PathName.TOTAL: "the total effect"}
    name = words.get(parameter.path, str(parameter.path.value))
    if parameter.path is PathName.B and parameter.level is not Level.SINGLE:
        name += f" {parameter.level.value}"
    return f"{name} (`{parameter.mediator}`)" if several and parameter.mediator else name
