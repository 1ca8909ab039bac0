"""Walking in latent space (Radford et al. 2016, §6.1): do the images change smoothly, or do they jump?

A network that has memorised its training images would jump from one to the next.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

TINY = 1e-6  # directions that differ by less are treated as parallel

Interpolation = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def linear(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(1 − t) a + t b for each t: a and b (L,), t (T,) from 0 to 1 → (T, L).

    Between random z's it is shorter in the middle, where G has seen few z (White 2016): hence `spherical`.
    """
    t = t[:, None]
    return (1 - t) * a + t * b


def spherical(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spherical interpolation from a to b at constant speed: a and b (L,), t (T,) from 0 to 1 → (T, L).

        length (1 − t) ‖a‖ + t ‖b‖,  direction cos(tθ) u + sin(tθ) w

    u is the direction of a, θ the angle between a and b, and w the direction of b's component orthogonal to u.  For
    vectors of equal length this is slerp (Shoemake 1985); White (2016, arXiv:1609.04468) proposed it for GANs.  Between
    opposite vectors the path is not unique, and one is chosen.  Raises ValueError if a or b is zero.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan.explore.walk import spherical
    >>> spherical(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.0, 0.5, 1.0])).round(3)
    array([[1.   , 0.   ],
           [0.707, 0.707],
           [0.   , 1.   ]])
    """
    lengths = np.linalg.norm([a, b], axis=1)
    if not lengths.all():
        raise ValueError("expected vectors other than 0, got a zero vector")
    u, v = a / lengths[0], b / lengths[1]
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))  # arccos(u·v) would be inexact near 0 and π
    w = v - (u @ v) * u
    if np.linalg.norm(w) < TINY:
        axis = np.eye(len(u))[np.abs(u).argmin()]
        w = axis - (u @ axis) * u
    w = w / np.linalg.norm(w)
    turned = np.outer(np.cos(t * angle), u) + np.outer(np.sin(t * angle), w)
    return turned * linear(lengths[0:1], lengths[1:2], t)


def path(stations: np.ndarray, steps: int, between: Interpolation) -> np.ndarray:
    """A path from each station (S, L) to the next in `steps` equal steps: float32 ((S − 1) · steps + 1, L).

    It contains all stations.  Raises ValueError for fewer than two stations, or fewer than one step.
    """
    if len(stations) < 2 or steps < 1:
        raise ValueError(f"expected at least 2 stations and 1 step, got {len(stations)} and {steps}")
    t = np.arange(steps) / steps
    exact = stations.astype(np.float64)
    legs = [between(a, b, t) for a, b in pairwise(exact)]
    return np.concatenate([*legs, exact[-1:]]).astype(np.float32)


def step_sizes(points: np.ndarray) -> np.ndarray:
    """The distance of each point (N, …) from the previous one: the root mean square difference, float64 (N − 1,)."""
    rows = points.reshape(len(points), -1).astype(np.float64)
    return np.sqrt((np.diff(rows, axis=0) ** 2).mean(axis=1))


def unevenness(steps: Sequence[float] | np.ndarray) -> float:
    """The largest step divided by the mean step: 1 if all steps are equal, the number of steps if only one is not 0.

    nan if all steps are 0.
    """
    mean = np.mean(steps)
    return float(np.max(steps) / mean) if mean > 0 else float("nan")
