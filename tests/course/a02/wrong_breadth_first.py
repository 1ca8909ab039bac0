# loses: skip
"""Nearest to the output first: a gradient that comes by a longer way is added too late."""

from collections import deque

from minigan import no_grad
from minigan.graph import Step


def backward(output, grad):
    received = {output.creator: grad}
    queue = deque([output.creator])
    while queue:
        node = queue.popleft()
        g = received[node]
        inputs, needs = node.inputs, node.needs
        with no_grad():
            grads = node.backward(g)
            grads = grads if isinstance(grads, tuple) else (grads,)
            for x, need, part in zip(inputs, needs, grads):
                if not need or part is None:
                    continue
                if x.creator is None:
                    x.grad = part if x.grad is None else x.grad + part
                elif x.creator in received:
                    received[x.creator] = received[x.creator] + part
                else:
                    received[x.creator] = part
                    queue.append(x.creator)
        node.release()
        yield Step(node, inputs, g, grads)
