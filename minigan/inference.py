"""Running a network without training it."""

from collections.abc import Iterator
from contextlib import contextmanager

from .graph import no_grad
from .nn import Module


@contextmanager
def inference(network: Module) -> Iterator[None]:
    """Within this context the network is in evaluation mode and nothing is recorded; then it is as it was before."""
    was_training = network.training
    network.eval()
    try:
        with no_grad():
            yield
    finally:
        network.train(was_training)
