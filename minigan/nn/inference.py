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
    """Within this context the network is in evaluation mode; then it is in the mode in which it was before."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)


@contextmanager
def inference(network: Module) -> Iterator[None]:
    """`evaluation`, and no operation is recorded for the backward pass."""
    with evaluation(network), no_grad():
        yield


class Rows(Protocol):
    """An array on the host, or anything else that gives one when it is sliced along its first axis."""

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
    """What `function` makes of arrays (N, …), `batch_size` rows at a time: arrays (N, …), all on the host.

    `function` takes a Tensor for each array and returns one Tensor, or several, with a row for each row that went in;
    so many arrays come back, in a list.  It is usually `network` itself or some of its layers.  The network is on
    `device`, and in `inference` mode meanwhile.  `prepare` is applied to each batch on the device, before it becomes a
    Tensor.  `progress` counts the batches, `what` says what is being done.

    Raises ValueError if the arrays have no rows, or not the same number.
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
