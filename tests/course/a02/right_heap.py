"""A heap of serial numbers."""

import heapq

from minigan import no_grad
from minigan.graph import Step


def backward(output, grad):
    received = {output.creator: grad}
    queue = [(-output.creator.serial, output.creator)]
    while queue:
        _, node = heapq.heappop(queue)
        g = received.pop(node)
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
                    heapq.heappush(queue, (-x.creator.serial, x.creator))
        node.release()
        yield Step(node, inputs, g, grads)
