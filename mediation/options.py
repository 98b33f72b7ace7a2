"""Options objects in words: the class and what differs from its defaults."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from enum import Enum
from typing import Any


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
