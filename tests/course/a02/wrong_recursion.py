# loses: deep
"""Sorted by a function that calls itself."""

from minigan import no_grad
from minigan.graph import Step


def backward(output, grad):
    order, seen = [], set()

    def visit(node):
        seen.add(node)
        for x, need in zip(node.inputs, node.needs):
            if need and x.creator is not None and x.creator not in seen:
                visit(x.creator)
        order.append(node)

    visit(output.creator)
    received = {output.creator: grad}
    for node in reversed(order):
        if node not in received:
            continue
        g, inputs, needs = received.pop(node), node.inputs, node.needs
        with no_grad():
            grads = node.backward(g)
            grads = grads if isinstance(grads, tuple) else (grads,)
            for x, need, part in zip(inputs, needs, grads):
                if need and part is not None and x.creator is None:
                    x.grad = part if x.grad is None else x.grad + part
                elif need and part is not None:
                    total = received.get(x.creator)
                    received[x.creator] = part if total is None else total + part
        node.release()
        yield Step(node, inputs, g, grads)
