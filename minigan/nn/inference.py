"""Running a network without training it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from ..arrays.backend import Array, to_device
from ..errors import Progress, quiet
from ..graph import no_grad
from ..tensor import Tensor
from .module import Module


@contextmanager
def evaluation(network: Module) -> Iterator[None]:
    """Within this context the network is in evaluation mode; its former mode is restored at the end."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)


@contextmanager
def inference(network: Module) -> Iterator[None]:
    """Like `evaluation`, and no operation is recorded for a backward pass.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, nn
    >>> net = nn.Sequential(nn.BatchNorm2d(2, rng=np.random.default_rng(0)))
    >>> with nn.inference(net):
    ...     y = net(Tensor([[0.0, 1.0]]))
    >>> y.requires_grad, net.training
    (False, True)
    """
    with evaluation(network), no_grad():
        yield


class Rows(Protocol):
    """A NumPy array, or anything that returns one when sliced along its first axis."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, index: Any, /) -> np.ndarray: ...


def in_batches(
    network: Module,
    function: Callable[..., Tensor | Sequence[Tensor]],
    *arrays: Rows,
    device: str,
    batch_size: int,
    prepare: Callable[[Array], Array] = lambda x: x,
    progress: Progress = quiet,
    what: str = "running a network",
) -> list[np.ndarray]:
    """Apply `function` to arrays (N, …), `batch_size` rows at a time; returns NumPy arrays (N, …).

    `function` takes one Tensor per array and returns one Tensor or several, with one row per input row; the result is a
    list of as many arrays.  It is usually `network` itself or some of its layers.  The network must be on `device`; it
    runs in `inference` mode.  `prepare` is applied to each batch on the device, before it becomes a Tensor.
    `progress` counts the batches, `what` is the description that it shows.

    Raises ValueError if the arrays have no rows or different numbers of rows.
    """
    counts = [x.shape[0] for x in arrays]
    if not counts or counts[0] == 0 or counts != [counts[0]] * len(counts):
        raise ValueError(f"expected arrays with the same number of rows, at least one; got {counts}")
    starts, results = range(0, counts[0], batch_size), []
    with inference(network):
        for start in progress(starts, len(starts), what):
            rows = slice(start, start + batch_size)
            found = function(*(Tensor(prepare(to_device(x[rows], device))) for x in arrays))
            pieces = [x.numpy() for x in ([found] if isinstance(found, Tensor) else found)]
            if start == 0:
                results = [np.empty((counts[0], *piece.shape[1:]), piece.dtype) for piece in pieces]
            for result, piece in zip(results, pieces):
                result[rows] = piece
    return results
