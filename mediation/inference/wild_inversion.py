"""Where a step function of a hypothesis last exceeds a level: the limits of a wild bootstrap."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array

# Relative width at which a crossing is located: a few times the rounding of a double.
WIDTH = 2e-15
# A hypothesis further away than the inverse of this, in standard errors, is infinitely far.
NEAR_ZERO = 1e-12
# Binomial coefficients of degree four.
CHOOSE = np.array([[1.0], [4.0], [6.0], [4.0], [1.0]])


def farthest_above(coefficients: Array, most: int) -> float:
    """Largest tau >= 0 at which more than `most` of B polynomials are not negative.

    Parameters
    ----------
    coefficients : ndarray, shape (5, B)
        f_b(tau) = sum_k coefficients[k, b] tau^k, of degree four; f_b(0) >= 0.
    most : int

    Returns
    -------
    float
        Infinite if it holds however large tau is; 0.0 if it holds at no tau > 0.

    Notes
    -----
    With tau = (1 - s) / s, s^4 f is a polynomial on [0, 1] whose Bernstein coefficients are those
    of f divided by binomial ones, in reverse. A polynomial lies between its least and its largest
    Bernstein coefficient, so that an interval of s is settled for most polynomials at a glance;
    halving it (de Casteljau's rule, averages alone) settles the others. Intervals nearer to s = 0
    come first, so that the first crossing found is the farthest and no root is ever computed: a
    leading coefficient near zero and a double root do no harm. Where roots come in pairs nothing
    is lost either, as no interval is passed over that might hold more than `most`.

    References
    ----------
    Lane & Riesenfeld (1981), BIT 21, 112-117 (roots from Bernstein coefficients).

    Examples
    --------
    1 - tau^2, 4 - tau^2 and 9 - tau^2 are not negative up to 1, 2 and 3.

    >>> f = np.zeros((5, 3))
    >>> f[0], f[2] = [1.0, 4.0, 9.0], -1.0
    >>> [round(farthest_above(f, most), 12) for most in (0, 1, 2)]
    [3.0, 2.0, 1.0]
    """
    # (left end, right end, polynomials not settled yet, how many are settled as not negative)
    waiting = [(0.0, 1.0, (coefficients / CHOOSE)[::-1], 0)]
    while waiting:
        low, high, bernstein, n_above = waiting.pop()
        above = bernstein.min(axis=0) >= 0.0
        n_above += int(above.sum())
        if n_above > most:
            return _tau(low)
        open_ = ~above & (bernstein.max(axis=0) > 0.0)
        if n_above + int(open_.sum()) <= most:
            continue
        if high < NEAR_ZERO:
            return np.inf
        if high - low <= WIDTH * high:
            return _tau(high)
        left, right = _halves(bernstein[:, open_])
        middle = 0.5 * (low + high)
        waiting.append((middle, high, right, n_above))
        waiting.append((low, middle, left, n_above))
    return 0.0


def _halves(bernstein: Array) -> tuple[Array, Array]:
    """Bernstein coefficients, shape (5, B), on the lower and on the upper half of the interval."""
    left, right = np.empty_like(bernstein), np.empty_like(bernstein)
    row = bernstein
    for k in range(5):
        left[k], right[4 - k] = row[0], row[-1]
        row = 0.5 * (row[:-1] + row[1:])
    return left, right


def _tau(s: float) -> float:
    return np.inf if s < NEAR_ZERO else (1.0 - s) / s
