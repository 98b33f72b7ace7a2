"""Panels of Gauss-Legendre nodes for areas under a hyperbola, halved where too wide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mediation.arrays import Array, IntArray

N_NODES = 16
# Largest error of a panel that is let pass, as a probability.
TOLERANCE = 1e-12
# A panel narrower than this is as exact as the rounding of its ends allows.
NARROWEST = 1e-9

# left, right (of P panels), owner (row of the member each belongs to) -> (4, P) and (P,).
Measure = Callable[[Array, Array, IntArray], tuple[Array, Array]]


def _rule() -> tuple[Array, Array, Array]:
    """Nodes, weights, and the matrix that turns values at nodes into what a panel needs.

    Its columns: the double integral over u < u' (so that sum(f @ M * g) is the integral of
    f(u) g(u')), the weights, and the last two Legendre coefficients, which show the error.
    """
    nodes, weights = np.polynomial.legendre.leggauss(N_NODES)
    powers = np.arange(N_NODES)
    legendre = np.polynomial.legendre.legvander(nodes, N_NODES)
    coefficients = weights[:, None] * legendre[:, :N_NODES] * (2 * powers + 1) / 2
    # The integral of P_k from u to 1 is (P_{k-1} - P_{k+1})(u) / (2k + 1), with P_{-1} = 1.
    lower = np.column_stack([np.ones(N_NODES), legendre[:, : N_NODES - 1]])
    upward = (lower - legendre[:, 1:]) / (2 * powers + 1)
    double = weights[:, None] * (upward @ coefficients.T)
    return nodes, weights, np.column_stack([double, weights, coefficients[:, -2:]])


NODES, WEIGHTS, PANEL = _rule()


def measure_panels(measure: Measure, left: Array, right: Array, owner: IntArray) -> Array:
    """Integrate over panels, halving those whose error is too large.

    Parameters
    ----------
    measure : callable
        Gives for P panels an array (4, P) and the error of each. Its rows: integral of f,
        integral of g, double integral of f(s) g(s') over s < s' inside the panel, and a plain
        integral (the density).
    left, right : ndarray, shape (P,)
        Ends of the panels.
    owner : ndarray of int, shape (P,)
        The member that each panel belongs to.

    Returns
    -------
    ndarray, shape (4, P)
    """
    found, error = measure(left, right, owner)
    wide = np.flatnonzero((error > TOLERANCE) & (right - left > NARROWEST))
    if wide.size:
        middle = (left[wide] + right[wide]) / 2
        halves = measure_panels(
            measure,
            np.concatenate([left[wide], middle]),
            np.concatenate([middle, right[wide]]),
            np.tile(owner[wide], 2),
        )
        first, second = halves[:, : wide.size], halves[:, wide.size :]
        found[:, wide] = first + second
        found[2, wide] += first[0] * second[1]
    return found


def measure_rows(measure: Measure, breaks: Array) -> Array:
    """Integrate between the breaks of each member.

    Parameters
    ----------
    measure : callable
        As for `measure_panels`.
    breaks : ndarray, shape (M, K + 1)
        Ascending in each row; equal neighbors are no panel.

    Returns
    -------
    ndarray, shape (4, M, K)
    """
    row, column = np.nonzero(np.diff(breaks, axis=1) > 0.0)
    found = np.zeros((4, len(breaks), breaks.shape[1] - 1))
    if row.size:
        left, right = breaks[row, column], breaks[row, column + 1]
        found[:, row, column] = measure_panels(measure, left, right, row)
    return found
