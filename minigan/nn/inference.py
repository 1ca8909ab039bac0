"""Running a network without training it."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..graph import no_grad
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
    """`evaluation`, and nothing is recorded for a walk back."""
    with evaluation(network), no_grad():
        yield
