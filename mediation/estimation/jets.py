"""Functions of several variables with their first and second derivatives, carried along.

A jet maps () to the value, (k,) to the derivative by variable k and (k, l), k <= l, to the second
derivative. A key that is absent is zero; a jet of () alone is the value without derivatives, and
so is all that is made of such jets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from mediation.arrays import Array

Key = tuple[int, ...]
Jet = dict[Key, Array]


def times(a: Jet, b: Jet, of: Callable[[Array, Array], Array] = np.multiply) -> Jet:
    """Product of two jets, or any other bilinear function of them.

    Examples
    --------
    >>> x = {(): np.array([3.0]), (0,): np.array([1.0])}
    >>> {key: float(value[0]) for key, value in times(x, x).items()}
    {(): 9.0, (0,): 6.0, (0, 0): 2.0}
    """
    found: Jet = {}
    for (key_a, of_a), (key_b, of_b) in product(a.items(), b.items()):
        if len(key_a) + len(key_b) > 2:
            continue
        key = tuple(sorted(key_a + key_b))
        term = of(of_a, of_b)
        if len(key_a) == 1 and key_a == key_b:
            term = 2 * term
        found[key] = found[key] + term if key in found else term
    return found


def reciprocal(u: Jet) -> Jet:
    """Give 1 / u."""
    f = 1 / u[()]
    found: Jet = {(): f}
    for key, slope in _first(u):
        found[key] = -f * f * slope
    for key, first, second in _second(u):
        bend = 2 * f * first
        found[key] = f * f * (bend if second is None else bend - second)
    return found


def logarithm(u: Jet) -> Jet:
    """Log u."""
    f = 1 / u[()]
    found: Jet = {(): np.log(u[()])}
    for key, slope in _first(u):
        found[key] = f * slope
    for key, first, second in _second(u):
        bend = f * first
        found[key] = f * (-bend if second is None else second - bend)
    return found


def _first(u: Jet) -> Iterator[tuple[Key, Array]]:
    for key, slope in u.items():
        if len(key) == 1:
            yield key, slope


def _second(u: Jet) -> Iterator[tuple[Key, Array, Array | None]]:
    """Each pair of variables, with the product of the slopes and the second derivative."""
    for key_k, slope_k in _first(u):
        for key_l, slope_l in _first(u):
            if key_k <= key_l:
                key = key_k + key_l
                yield key, slope_k * slope_l, u.get(key)
