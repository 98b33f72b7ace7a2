"""Options objects: their choices checked, and in words what differs from their defaults."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any, cast, get_args, get_type_hints

from mediation.errors import MediationError, SpecificationError


def check_choices(options: Any, error: type[MediationError] = SpecificationError) -> None:
    """Refuse a field that must hold a member of an enum, or true or false, and holds none.

    Parameters
    ----------
    options : dataclass instance
        Fields annotated with an enum or `bool`, or one of them `| None`, are checked.
    error : type of MediationError

    Raises
    ------
    MediationError
        Of type `error`, with the members there are and the one that was probably meant.

    Examples
    --------
    >>> from mediation.estimation.ols import OLS
    >>> try:
    ...     OLS("cr2")
    ... except SpecificationError as refused:
    ...     print(refused)
    `covariance` must be a Covariance: CLASSICAL, HC3, CR1, CR2. Found 'cr2'. Give Covariance.CR2.
    """
    for name, kind, may_be_none in _choices(cast(Hashable, type(options))):
        value = getattr(options, name)
        if isinstance(value, kind) or (value is None and may_be_none):
            continue
        if kind is bool:
            raise error(f"`{name}` must be True or False. Found {_shown(value)}. Give one of them.")
        raise error(
            f"`{name}` must be a {kind.__name__}: {', '.join(each.name for each in kind)}. "
            f"Found {_shown(value)}. {_advice(kind, value)}"
        )


@cache
def _choices(kind: Hashable) -> tuple[tuple[str, Any, bool], ...]:
    """Name, type and whether None is allowed, of the fields that are a choice."""
    assert isinstance(kind, type)
    hints = get_type_hints(kind)
    found = []
    for field in fields(kind):
        kinds = get_args(hints[field.name]) or (hints[field.name],)
        found += [
            (field.name, each, type(None) in kinds)
            for each in kinds
            if isinstance(each, type) and (issubclass(each, Enum) or each is bool)
        ]
    return tuple(found)


def _shown(value: object) -> str:
    """Write what was given; of anything that can hold data, the type alone."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if value is None or isinstance(value, str | int | float):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:57]}..."
    return f"a {type(value).__name__}"


def _advice(kind: type[Enum], value: object) -> str:
    word = value.name if isinstance(value, Enum) else str(value)
    word = word.strip().lower().replace("-", "_").replace(" ", "_")
    names = {each.name.lower(): each.name for each in kind}
    near = [name for name in names if name == word or name.endswith(f"_{word}")]
    near = near or get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Give {kind.__name__}.{names[near[0]]}."
    return f"Give one of them, for example {kind.__name__}.{next(iter(kind)).name}."


def describe_options(options: Any) -> str:
    """Name an options object with the fields that are not at their default.

    Examples
    --------
    >>> from mediation.inference.monte_carlo import MonteCarlo
    >>> describe_options(MonteCarlo()), describe_options(MonteCarlo(n_draws=500))
    ('MonteCarlo', 'MonteCarlo(n_draws=500)')
    """
    changed = [
        f"{field.name}={_text(getattr(options, field.name))}"
        for field in fields(options)
        if getattr(options, field.name) != _default(field)
    ]
    name = type(options).__name__
    return f"{name}({', '.join(changed)})" if changed else name


def _default(field: Field[Any]) -> Any:
    return None if field.default is MISSING else field.default


def _text(value: Any) -> str:
    return value.name if isinstance(value, Enum) else repr(value)
