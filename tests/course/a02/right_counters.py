"""How many gradients each node waits for, counted first (Kahn)."""

from collections import Counter

from minigan import no_grad
from minigan.graph import Step


def backward(output, grad):
    waiting, stack, seen = Counter(), [output.creator], {output.creator}
    while stack:
        for maker in makers(stack.pop()):
            waiting[maker] += 1
            if maker not in seen:
                seen.add(maker)
                stack.append(maker)
    received, ready = {output.creator: grad}, [output.creator]
    while ready:
        node = ready.pop()
        inputs, needs, before = node.inputs, node.needs, makers(node)
        g = received.pop(node, None)
        step = None
        if g is not None:
            with no_grad():
                grads = node.backward(g)
                grads = grads if isinstance(grads, tuple) else (grads,)
                for x, need, part in zip(inputs, needs, grads):
                    if need and part is not None:
                        add(received, x, part)
            step = Step(node, inputs, g, grads)
        node.release()
        for maker in before:
            waiting[maker] -= 1
            if waiting[maker] == 0:
                ready.append(maker)
        if step:
            yield step


def makers(node):
    """The nodes that made the inputs, one for each use."""
    return [x.creator for x, need in zip(node.inputs, node.needs) if need and x.creator is not None]


def add(received, x, part):
    if x.creator is None:
        x.grad = part if x.grad is None else x.grad + part
    else:
        received[x.creator] = received[x.creator] + part if x.creator in received else part
