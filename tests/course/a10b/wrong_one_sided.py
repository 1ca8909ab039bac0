# loses: value, outcome
"""Only slopes above 1 are punished."""

from minigan import Tensor, grad, ops


def between(real, fake, rng):
    share = rng.uniform(size=(len(real), *[1] * (real.ndim - 1))).astype(real.dtype)
    return Tensor(share * real.data + (1 - share) * fake.data)


def penalty(discriminator, x):
    x = Tensor(x.data, requires_grad=True)
    (slope,) = grad(discriminator(x).sum(), [x], create_graph=True)
    squares = (slope * slope).reshape(len(x), -1).sum(axis=1)
    return (ops.relu((squares + 1e-12) ** 0.5 - 1.0) ** 2).mean()


def critic_loss(discriminator, real, fake, rng, weight=10.0):
    fake = fake.detach()
    gap = discriminator(fake).mean() - discriminator(real).mean()
    return gap + weight * penalty(discriminator, between(real, fake, rng))


def generator_loss(discriminator, fake):
    return -discriminator(fake).mean()
