"""Looking at the graph behind a result."""

import numpy as np

from minigan import Tensor
from minigan.arrays.backend import to_device
from minigan.tensor import Op


def nodes_behind(output: Tensor) -> list[Op]:
    """Every node that `output` was made by, in order of creation."""
    found, stack = set(), [output]
    while stack:
        node = stack.pop().creator
        if node is not None and node not in found:
            found.add(node)
            stack += [x for x in node.inputs if isinstance(x, Tensor)]
    return sorted(found, key=lambda node: node.serial)


def leaves(arrays, dtype=np.float64, device: str = "cpu") -> list[Tensor]:
    """Tensors that ask for a gradient."""
    return [Tensor(to_device(x.astype(dtype), device), requires_grad=True) for x in arrays]


def weights_for(output: Tensor) -> Tensor:
    """A fixed random ∂L/∂output, of its shape and type, on its device."""
    v = np.random.default_rng(0).normal(size=output.shape)
    return Tensor(to_device(np.asarray(v, dtype=output.dtype), output.device))
