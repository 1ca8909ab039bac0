# loses: chain, diamond, skip, once, constants, lazy, shared, freed
"""Right gradients, but nothing to watch."""

import heapq

from minigan import no_grad


def backward(output, grad):
    received, queue = {output.creator: grad}, [(-output.creator.serial, output.creator)]
    with no_grad():
        while queue:
            _, node = heapq.heappop(queue)
            grads = node.backward(received.pop(node))
            for x, need, part in zip(node.inputs, node.needs, grads if isinstance(grads, tuple) else (grads,)):
                if need and part is not None and x.creator is None:
                    x.grad = part if x.grad is None else x.grad + part
                elif need and part is not None:
                    if x.creator not in received:
                        heapq.heappush(queue, (-x.creator.serial, x.creator))
                    received[x.creator] = received[x.creator] + part if x.creator in received else part
            node.release()
    return []
