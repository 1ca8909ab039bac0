"""A3. Catch the bug

Write `check`, which finds out whether gradients are right. It will be shown operations, some of them with a bug, and
has to say which. From then on it is yours: use it on everything that you write.

Check your work as often as you like:      python -m minigan.course check a03
A hint for the part "elements":            python -m minigan.course check a03 --hint elements
"""

from collections.abc import Callable, Sequence

import numpy as np

from minigan import Tensor, grad  # noqa: F401


def check(f: Callable[..., Tensor], inputs: Sequence[np.ndarray], order: int = 1) -> bool:
    """Whether the gradients of f by all its inputs are right, near these values of the inputs: True or False.

    f takes a Tensor for each of the inputs, arrays of float64, and gives one Tensor y of any shape. It is smooth near
    the inputs, and its values are always right; only its gradients may be wrong. Those are what arrives in

        tensors = [Tensor(x, requires_grad=True) for x in inputs]
        y = f(*tensors)
        y.backward(Tensor(v))            # now tensors[i].grad is ∂⟨v, y⟩/∂xᵢ; None means 0 everywhere

    for any array v of the shape of y, where ⟨v, y⟩ is the sum of v · y over all elements. Right gradients are what the
    difference quotients of ⟨v, y⟩ tend to, for every element of every input.

    Gradients may be as small as 0.01 and as large as 1000, and some elements, or all, may be 0. A wrong gradient is off
    by a twentieth of its largest element, at least, for nearly every v; a right one is right to the last digits. So a
    tolerance of 1e-5 · (1 + the largest element) is well between the two.

    With order=2, also check the gradients of the gradients: ∂⟨v, y⟩/∂xᵢ is itself a function of all inputs and of v,
    and its gradients by all of these must be right, too. grad(y, [x], v, create_graph=True), with a Tensor v, gives a
    list of one Tensor: the gradient by x, which can be differentiated again. With order=1, they do not matter.

    The inputs must be in the end what they were.
    """
    raise NotImplementedError("A3: write check in a03.py")
