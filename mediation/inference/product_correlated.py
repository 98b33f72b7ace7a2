"""P(XY <= z) for two correlated normal factors, whose sum and difference are independent."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from mediation.arrays import Array, IntArray
from mediation.inference.product_panels import N_NODES, NODES, PANEL, WEIGHTS, measure_rows

# Normal deviates where a density ends, and the ends of panels inside.
DEVIATES = np.array([-8.0, -4.0, 0.0, 4.0, 8.0])
# Asked of the last coefficients themselves: near the vertex of the hyperbola they fall slowly.
STRICTNESS = 1e-1
# Points beyond have probability 0 or 1.
FARTHEST = 1e100
# Keeps the slope finite at the vertex of a hyperbola through zero.
SMALLEST = 1e-100


def product_of_correlated(centers: Array, rho: Array, z: Array) -> tuple[Array, Array]:
    """Distribution function and density of the product of two correlated normal factors.

    With U = X + Y and V = X - Y, independent with variances 2(1 + rho) and 2(1 - rho),
    XY <= z is U^2 <= V^2 + 4z: one integral without a singular point inside for z != 0.

    Parameters
    ----------
    centers : ndarray, shape (N, 2)
        Estimates in standard errors.
    rho, z : ndarray, shape (N,)
        Correlation, inside (-1, 1); z in products of standard errors.

    Returns
    -------
    ndarray, shape (N,), twice
    """
    z = np.clip(z, -FARTHEST, FARTHEST)
    sums = np.stack([centers.sum(axis=1), np.sqrt(2 * (1 + rho))])
    differences = np.stack([centers[:, 0] - centers[:, 1], np.sqrt(2 * (1 - rho))])
    positive = z >= 0.0
    inner = np.where(positive, differences, sums)
    outer = np.where(positive, sums, differences)
    mirrored = outer * np.array([[-1.0], [1.0]])
    members = np.column_stack(
        [np.tile(inner, 2).T, np.concatenate([outer, mirrored], axis=1).T, np.tile(np.abs(z), 2)]
    )
    beyond, density = _branch(members)
    beyond = beyond.reshape(2, -1).sum(axis=0)
    return np.where(positive, 1.0 - beyond, beyond), density.reshape(2, -1).sum(axis=0)


def _branch(members: Array) -> tuple[Array, Array]:
    """P(outer > sqrt(inner^2 + 4|z|)) and its slope; columns inner, outer (mean, SD each), |z|."""
    mean, sd, outer_mean, outer_sd, z = members.T[:, :, None]
    ends = mean + sd * DEVIATES
    radius = np.maximum(outer_mean + outer_sd * DEVIATES, 0.0)
    reach = np.sqrt(np.maximum(radius * radius - 4 * z, 0.0))
    breaks = np.concatenate([ends, reach, -reach, np.zeros_like(z)], axis=1)
    low = np.maximum(ends[:, :1], -reach[:, -1:])
    high = np.maximum(np.minimum(ends[:, -1:], reach[:, -1:]), low)
    breaks = np.sort(np.clip(breaks, low, high), axis=1)

    def measure(left: Array, right: Array, owner: IntArray) -> tuple[Array, Array]:
        return _measure(members[owner], left, right)

    _, _, beyond, density = measure_rows(measure, breaks).sum(axis=2)
    return beyond, density


def _measure(members: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """Integrals over panels and their errors, as `measure_panels` asks for."""
    mean, sd, outer_mean, outer_sd, z = members.T[:, :, None]
    half = (right - left) / 2
    inner = ((left + right) / 2)[:, None] + half[:, None] * NODES
    radius = np.maximum(np.sqrt(inner * inner + 4 * z), SMALLEST)
    weight = np.exp(-(((inner - mean) / sd) ** 2) / 2) / (np.sqrt(2 * np.pi) * sd)
    deviate = (outer_mean - radius) / outer_sd
    slope = np.exp(-(deviate**2) / 2) / (np.sqrt(2 * np.pi) * outer_sd) * 2 / radius
    of_branch = (weight * ndtr(deviate)) @ PANEL[:, N_NODES:]
    found = np.zeros((4, len(left)))
    found[2] = half * of_branch[:, 0]
    found[3] = half * ((weight * slope) @ WEIGHTS)
    return found, STRICTNESS * half * np.abs(of_branch[:, 1:]).max(axis=1)
