# loses: diamond, skip
"""A stack: a node is visited as soon as it has received something, and never again."""

from minigan import no_grad
from minigan.graph import Step


def backward(output, grad):
    received = {output.creator: grad}
    stack = [output.creator]
    while stack:
        node = stack.pop()
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
                    stack.append(x.creator)
        node.release()
        yield Step(node, inputs, g, grads)
