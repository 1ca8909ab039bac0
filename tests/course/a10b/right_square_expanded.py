"""(n − 1)² = n² − 2 n + 1, and ε by broadcasting of transposed arrays."""

import numpy as np

from minigan import Tensor, grad, ops


def between(real, fake, rng):
    share = rng.random(len(real))
    x = fake.data.T + share * (real.data - fake.data).T
    return Tensor(np.ascontiguousarray(x.T, real.dtype))


def penalty(discriminator, x):
    flat = Tensor(x.data.reshape(len(x), -1), requires_grad=True)
    slope = grad(discriminator(flat.reshape(x.shape)).sum(), [flat], create_graph=True)[0]
    squares = (slope * slope).sum(axis=1)
    return (squares - 2 * ops.sqrt(ops.maximum(squares, Tensor(np.full(len(x), 1e-12, x.dtype)))) + 1).mean()


def critic_loss(discriminator, real, fake, rng, weight=10.0):
    loss = weight * penalty(discriminator, between(real, fake, rng))
    loss = loss + discriminator(fake.detach()).mean()
    return loss - discriminator(real).mean()


def generator_loss(discriminator, fake):
    return discriminator(fake).sum() * (-1 / len(fake))
