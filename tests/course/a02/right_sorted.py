"""All nodes sorted by a depth-first search with its own stack; a leaf's first gradient is copied, then added to."""

from minigan import Tensor, no_grad
from minigan.graph import Step


def backward(output, grad):
    totals = {output.creator: grad}
    for node in reversed(in_order(output.creator)):
        if node in totals:
            g = totals.pop(node)
            with no_grad():
                grads = node.backward(g)
                if not isinstance(grads, tuple):
                    grads = (grads,)
                for i, x in enumerate(node.inputs):
                    if not node.needs[i] or grads[i] is None:
                        continue
                    if x.creator is not None:
                        totals[x.creator] = grads[i] + totals[x.creator] if x.creator in totals else grads[i]
                    elif x.grad is None:
                        x.grad = Tensor(grads[i].data.copy())
                    else:
                        x.grad.data += grads[i].data
            step = Step(node, tuple(node.inputs), g, grads)
            node.release()
            yield step


def in_order(last):
    """Every node after those that it uses."""
    order, seen, stack = [], set(), [(last, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            for x, need in zip(node.inputs, node.needs):
                if need and x.creator is not None:
                    stack.append((x.creator, False))
    return order
