"""P(XY <= z) for independent t factors: the area under a hyperbola, quadrant by quadrant.

X = m_x + T_x and Y = m_y + T_y have standard error 1. Quadrants come in opposite pairs, and turning
signs leaves one question: H(z) = P(X > 0, Y > 0, XY <= z) for z > 0. With s = log x on the
hyperbola, f(s) = x f_X(x) and g(s) = y f_Y(y) at y = z / x, H is the integral of f(s) g(s') over
s < s', and the density of XY the integral of f(s) g(s) / z: only densities are evaluated, no t
distribution function at the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import beta, stdtr

from mediation.arrays import Array, IntArray
from mediation.inference.product_panels import N_NODES, NODES, PANEL, WEIGHTS, measure_rows

# Degrees of freedom that stand for infinity: a t density with them is normal to 1e-15.
NORMAL_DF = 1e15
# Normal deviates where a density ends: the tail beyond is about exp(-CUT^2 / 2) = 1e-14.
CUT = 8.0
NEAREST, FARTHEST = 1e-30, 1e250
# Widest panels: in standard errors at the center, in logs in a heavy tail and between the factors.
STEP, TAIL_STEP, GAP_STEP = 4.0, 3.0, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class _Breaks:
    """Panels of one factor on its positive side: ends (0 = none), first end, and support."""

    ends: Array
    first: Array
    low: Array
    high: Array

    def of(self, members: IntArray) -> _Breaks:
        return _Breaks(
            self.ends[members], self.first[members], self.low[members], self.high[members]
        )

    def over(self, unit: Array) -> _Breaks:
        return _Breaks(
            self.ends / unit[:, None], self.first / unit, self.low / unit, self.high / unit
        )


def _breaks(center: Array, df: Array) -> _Breaks:
    """Panels that resolve a t density: even around its center, geometric in its tails."""
    root = np.sqrt(df)
    top = np.arcsinh(np.sqrt(np.expm1(CUT**2 / df)))
    step = np.minimum(STEP / root, TAIL_STEP)
    n_side = int(np.ceil(np.max(top / step)))
    at = np.arange(-n_side, n_side + 1) * step[:, None]
    ends = center[:, None] + root[:, None] * np.sinh(np.clip(at, -top[:, None], top[:, None]))
    # No panel whose ratio of ends is large: below the first end the density is smooth in x.
    keep = ends > 0.0
    keep[:, :-1] &= ends[:, :-1] > 0.25 * ends[:, 1:]
    first = np.where(keep, ends, np.inf).min(axis=1)
    return _Breaks(np.where(keep, ends, 0.0), first, np.maximum(ends[:, 0], 0.0), ends[:, -1])


def _joint_breaks(x: _Breaks, y: _Breaks, z: Array, low: Array, high: Array) -> Array:
    """Give the ends of panels in log x, ascending from `low` to `high`, shape (M, K + 1)."""
    with np.errstate(divide="ignore"):
        ends = [np.log(x.ends), np.log(z[:, None] / y.ends)]
    # Where x is below its first end and y below its own, both densities only rise and fall as
    # exp(+-s): such a gap is long for small z, and cut evenly.
    gap = np.clip(np.log(z / y.first), low, high)
    length = np.maximum(np.clip(np.log(x.first), low, high) - gap, 0.0)
    n_gap = int(np.ceil(length.max() / GAP_STEP))
    inside = GAP_STEP * np.arange(1, max(n_gap, 1))
    ends += [gap[:, None] + np.minimum(inside, length[:, None]), low[:, None], high[:, None]]
    return np.sort(np.clip(np.concatenate(ends, axis=1), low[:, None], high[:, None]), axis=1)


def _density(deviation: Array, df: Array, scale: Array) -> Array:
    """Density of t, with `scale` its value at zero."""
    return scale * np.exp(-(df + 1) / 2 * np.log1p(deviation * deviation / df))


def _quadrant(centers: Array, df: Array, z: Array) -> tuple[Array, Array]:
    """H(z) and its slope, shape (M,) each, for z > 0."""
    area, slope = np.zeros(len(z)), np.zeros(len(z))
    x, y = _breaks(centers[:, 0], df[:, 0]), _breaks(centers[:, 1], df[:, 1])
    live = np.flatnonzero((x.high > 0.0) & (y.high > 0.0))
    if not live.size:
        return area, slope
    x, y, centers, df, z = x.of(live), y.of(live), centers[live], df[live], z[live]
    with np.errstate(divide="ignore"):
        start, stop = np.maximum(x.low, z / y.high), np.minimum(x.high, z / y.low)
    # In this unit of x the narrower factor lies at log x = 0, where logs are exact.
    wider = centers[:, 0] < centers[:, 1]
    unit = np.where(wider, z / np.maximum(centers[:, 1], 1.0), np.maximum(centers[:, 0], 1.0))
    low = np.log(start / unit)
    high = np.maximum(np.log(stop / unit), low)
    breaks = _joint_breaks(x.over(unit), y, z / unit, low, high)
    scale = 1.0 / (np.sqrt(df) * beta(0.5, df / 2))
    members = np.column_stack([centers, df, scale, z, unit])

    def measure(left: Array, right: Array, owner: IntArray) -> tuple[Array, Array]:
        return _measure(members[owner], left, right)

    in_x, in_y, inside, crossing = measure_rows(measure, breaks)
    # What lies outside the panels: x below the first, y below the last.
    before = stdtr(df[:, 0], start - centers[:, 0]) - stdtr(df[:, 0], -centers[:, 0])
    after = stdtr(df[:, 1], z / stop - centers[:, 1]) - stdtr(df[:, 1], -centers[:, 1])
    left_of = before[:, None] + np.cumsum(in_x, axis=1)
    area[live] = np.sum(inside + (left_of - in_x) * in_y, axis=1) + left_of[:, -1] * after
    slope[live] = crossing.sum(axis=1) / z
    return area, slope


def _measure(members: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """Integrals over panels and their errors, as `measure_panels` asks for."""
    x_center, y_center, x_df, y_df, x_scale, y_scale, z, unit = members.T[:, :, None]
    half = (right - left) / 2
    x = unit * np.exp(((left + right) / 2)[:, None] + half[:, None] * NODES)
    y = z / x
    f = x * _density(x - x_center, x_df, x_scale)
    g = y * _density(y - y_center, y_df, y_scale)
    of_f, of_g = f @ PANEL, g @ PANEL[:, N_NODES:]
    found = np.stack(
        [
            half * of_f[:, N_NODES],
            half * of_g[:, 0],
            half * half * np.einsum("pn,pn->p", of_f[:, :N_NODES], g),
            half * ((f * g) @ WEIGHTS),
        ]
    )
    # Coefficients fall geometrically, and Gauss nodes are exact to twice their number, so errors
    # go as the square of the last coefficients.
    last_f = half * np.abs(of_f[:, N_NODES + 1 :]).max(axis=1)
    last_g = half * np.abs(of_g[:, 1:]).max(axis=1)
    tiny = np.finfo(float).tiny
    error = last_f * last_g + last_f**2 / (found[0] + tiny) + last_g**2 / (found[1] + tiny)
    return found, error


def below_zero(centers: Array, df: Array) -> Array:
    """P(XY < 0) = F_X(0) (1 - F_Y(0)) + (1 - F_X(0)) F_Y(0), shape (N,)."""
    df = np.minimum(df, NORMAL_DF)
    negative, positive = stdtr(df, -centers), stdtr(df, centers)
    result: Array = negative[:, 0] * positive[:, 1] + positive[:, 0] * negative[:, 1]
    return result


def product_of_independent(centers: Array, df: Array, z: Array) -> tuple[Array, Array]:
    """Distribution function and density of the product of two independent t factors.

    Parameters
    ----------
    centers, df : ndarray, shape (N, 2)
        Estimates in standard errors; degrees of freedom, inf = normal.
    z : ndarray, shape (N,)
        In products of standard errors. The density at zero, where it is infinite, is given as 0.

    Returns
    -------
    ndarray, shape (N,), twice
    """
    df = np.minimum(df, NORMAL_DF)
    zero = below_zero(centers, df)
    # So near zero nothing is added to `zero`; so far from it nothing is left.
    z = np.where(np.abs(z) < NEAREST, 0.0, np.clip(z, -FARTHEST, FARTHEST))
    sign = np.sign(z)
    turned = np.stack([centers, -centers])
    turned[:, :, 0] *= np.where(z < 0.0, -1.0, 1.0)
    some = np.flatnonzero(z)
    area, slope = np.zeros((2, len(z))), np.zeros((2, len(z)))
    if some.size:
        both = np.tile(df[some], (2, 1)), np.tile(np.abs(z[some]), 2)
        found = _quadrant(turned[:, some].reshape(-1, 2), *both)
        area[:, some], slope[:, some] = found[0].reshape(2, -1), found[1].reshape(2, -1)
    return zero + sign * area.sum(axis=0), slope.sum(axis=0)
