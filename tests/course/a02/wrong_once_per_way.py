# loses: once, freed
"""A node is visited again for every gradient that it receives: right, but exponential, and no node is ever done."""

from minigan import no_grad
from minigan.graph import Step


def backward(output, grad):
    queue = [(output.creator, grad)]
    while queue:
        node, g = queue.pop()
        inputs, needs = node.inputs, node.needs
        with no_grad():
            grads = node.backward(g)
            grads = grads if isinstance(grads, tuple) else (grads,)
            for x, need, part in zip(inputs, needs, grads):
                if not need or part is None:
                    continue
                if x.creator is None:
                    x.grad = part if x.grad is None else x.grad + part
                else:
                    queue.append((x.creator, part))
        yield Step(node, inputs, g, grads)
