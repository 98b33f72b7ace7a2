"""From standardised variables back to the units of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.estimation.two_level.likelihood import STEP
from mediation.estimation.two_level.reduced import Reduced
from mediation.estimation.two_level.structure import Structure

PARTS = ("slopes", "effects", "covariance", "reduced")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Units:
    """Centres and scales: y of shape (..., p), x of shape (..., q), w of shape (..., r).

    The leading dimension is that of data sets, where there are many. The first column of w is the
    intercept, with centre 0 and scale 1.
    """

    y_center: Array
    y_scale: Array
    x_center: Array
    x_scale: Array
    w_center: Array
    w_scale: Array


def standardize(y: Array, x: Array, w: Array) -> tuple[Array, Array, Array, Units]:
    """Give every column mean 0 and standard deviation 1 over its observed values.

    Rows are the last dimension but one.
    """
    is_complete = not np.isnan(y).any()
    y_center = y.mean(axis=-2) if is_complete else np.nanmean(y, axis=-2)
    y_scale = y.std(axis=-2) if is_complete else np.nanstd(y, axis=-2)
    x_center, x_scale = x.mean(axis=-2), x.std(axis=-2)
    w_center, w_scale = w.mean(axis=-2), w.std(axis=-2)
    w_center[..., 0], w_scale[..., 0] = 0.0, 1.0
    units = Units(y_center, y_scale, x_center, x_scale, w_center, w_scale)
    return (*to_units(units, y, x, w), units)


def to_units(units: Units, y: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
    """Give columns with these centres and scales taken out."""

    def moved(values: Array, center: Array, scale: Array) -> Array:
        result: Array = (values - center[..., None, :]) / scale[..., None, :]
        return result

    return (
        moved(y, units.y_center, units.y_scale),
        moved(x, units.x_center, units.x_scale),
        moved(w, units.w_center, units.w_scale),
    )


def positions_of(structure: Structure) -> dict[str, IntArray]:
    """Where each matrix of both levels stands in the vector that `to_data_units` gives.

    Keys are "slopes_within", "effects_within", "covariance_within" (Psi), "reduced_within"
    (Pi), and the same between.
    """
    found, start = {}, 0
    for name, level in (("within", structure.within), ("between", structure.between)):
        p, q = level.effects.shape
        for part in PARTS:
            shape = (p, p) if part in ("slopes", "covariance") else (p, q)
            size = int(np.prod(shape))
            found[f"{part}_{name}"] = np.arange(start, start + size).reshape(shape)
            start += size
    return found


def to_data_units(structure: Structure, units: Units, theta: Any) -> Any:
    """B, G, Psi and Pi of both levels in the units of the data, flat, shape (n, n_cells).

    Parameters
    ----------
    structure : Structure
    units : Units
    theta : ndarray, shape (n, k), real or complex
        Parameters of standardised variables, of one data set or of as many as `units` has.

    Returns
    -------
    ndarray, shape (n, n_cells)
    """
    within, between = structure.unpack(theta)
    part_w, part_b = Reduced.of(within), Reduced.of(between)
    scale, row = units.y_scale[..., :, None], units.y_scale[..., None, :]
    reduced_w = part_w.effects * scale / units.x_scale[..., None, :]
    reduced_b = part_b.effects * scale / units.w_scale[..., None, :]
    # The intercept takes up the centres of y, of w and, since x enters as it is, of x.
    centers = reduced_w @ units.x_center[..., None] + reduced_b @ units.w_center[..., None]
    shift = units.y_center - centers[..., 0]
    reduced_b = np.concatenate([reduced_b[..., :1] + shift[..., None], reduced_b[..., 1:]], axis=-1)
    flat = []
    for level, reduced in ((within, reduced_w), (between, reduced_b)):
        slopes = level.slopes * scale / row
        psi = (level.unit * level.variances[:, None, :]) @ level.unit.swapaxes(-1, -2)
        psi = (psi + psi.swapaxes(-1, -2)) / 2 * (scale * row)
        matrices = (slopes, reduced - slopes @ reduced, psi, reduced)
        flat += [matrix.reshape(len(theta), -1) for matrix in matrices]
    return np.concatenate(flat, axis=1)


def with_covariance(
    structure: Structure, units: Units, theta: Array, root: Array
) -> tuple[Array, Array]:
    """Values in the units of the data, (n_cells,), and their covariance by the delta method.

    The covariance of `theta` is root root'. Taken as such a product, no variance comes out
    below zero by rounding.
    """
    values, moved_root = many_with_root(structure, units, theta[None], root[None])
    return values[0], moved_root[0] @ moved_root[0].T


def many_with_root(
    structure: Structure,
    units: Units,
    theta: Array,
    root: Array,
    cells: slice | IntArray = slice(None),
) -> tuple[Array, Array]:
    """Values of N data sets in the units of the data, and the roots of their covariances.

    Parameters
    ----------
    structure : Structure
    units : Units
        Of one data set, or of all N.
    theta : ndarray, shape (N, k)
    root : ndarray, shape (N, k, m)
    cells : ndarray of int
        Those wanted, all by default.

    Returns
    -------
    values : ndarray, shape (N, n_cells)
    moved_root : ndarray, shape (N, n_cells, m)
    """
    columns = []
    for direction in 1j * STEP * np.eye(theta.shape[1]):
        moved = to_data_units(structure, units, theta + direction)[:, cells]
        columns.append(moved.imag / STEP)
    return np.ascontiguousarray(moved.real), np.stack(columns, axis=2) @ root
