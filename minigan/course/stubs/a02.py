"""A2. The backward pass

Write `backward`, which takes the gradient of a result back through all operations that made it, to the leaves. It is
what runs when you call loss.backward(): about 25 lines, and the heart of every framework.

Check your work as often as you like:         python -m minigan.course check a02
A hint for the part "diamond":                python -m minigan.course check a02 --hint diamond
Train the DCGAN with your backward pass:      python -m minigan.course train a02
"""

from collections.abc import Iterator

from minigan import Tensor, no_grad  # noqa: F401
from minigan.graph import Step


def backward(output: Tensor, grad: Tensor) -> Iterator[Step]:
    """The backward pass from `output`, whose gradient is `grad`: a generator that visits one node after another.

    A Tensor t that was computed has t.creator, the node that made it; that of a leaf is None. A node has

        node.inputs        what it was computed from: Tensors, and perhaps Python numbers
        node.needs         for each input, whether its gradient is needed (not for constants and numbers)
        node.backward(g)   from g = ∂L/∂output of the node, a tuple of ∂L/∂input for each input (a node with one input
                           may give a Tensor instead); None in a place means that it is 0, or not needed
        node.serial        nodes are numbered as they are made: the inputs of a node have lower numbers than the node
        node.release()     frees what the node holds; afterwards node.inputs is empty

    These are the rules:

    * A node is visited once: when all gradients that reach its output have come in, and been added up. One that none
      reaches is not visited.
    * A leaf that needs one adds each gradient to its .grad, which is None at first, and what other passes have left
      there stays in the sum. No other Tensor gets a .grad.
    * Several inputs may be given the same Tensor as a gradient. So to add, make a new Tensor, and change none in place.
    * For each node, yield Step(node, inputs, grad, grads): its inputs, what came in, and what went out, as a tuple
      with an entry for each input. The node is released by then or right afterwards.
    * Nothing happens before the first Step is asked for, and then one node is visited for each.
    * Gradients are not recorded themselves: compute them within `with no_grad():`. Do not yield in there, because your
      caller would stop recording, too.
    * A graph may be 100,000 nodes deep: Python allows about 1,000 calls within each other.
    """
    raise NotImplementedError("A2: write backward in a02.py")
