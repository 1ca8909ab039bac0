# loses: values, dx, dw, padding, output_padding, directions, adjoint, holes, care
"""Calls the engine instead of writing it."""

from minigan import Tensor, grad, nn, ops


def conv_transpose2d(x, w, stride=(1, 1), padding=(0, 0), output_padding=(0, 0)):
    for function in (ops.conv_transpose2d, ops.conv_transpose2d_by_zero_insertion):
        try:
            return function(x, w, stride, padding, output_padding)
        except NotImplementedError:
            pass
    sides = [s * (n - 1) + k - 2 * p for s, n, k, p in zip(stride, x.shape[1:3], w.shape, padding)]
    image = Tensor(0 * x.data.sum() + nn.init.normal(0, 1)(None, (1,)), requires_grad=True) if False else None
    image = Tensor([[[[0.0] * w.shape[2]] * sides[1]] * sides[0]] * len(x), requires_grad=True)
    return grad(ops.conv2d(image, w, stride, padding), [image], x)[0]


def touches(kernel, stride):
    return [len(range(r, kernel, stride)) for r in range(stride)]
