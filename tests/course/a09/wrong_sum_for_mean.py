# loses: values, outcome
"""Sums over the images."""

from minigan import ops


def moves(generator, discriminator, adam_g, adam_d, real, z):
    fake = generator(z)
    on_real = ops.softplus(-discriminator(real)).sum()
    on_real.backward()
    on_fake = ops.softplus(discriminator(fake.detach())).sum()
    on_fake.backward()
    yield on_real.detach() + on_fake.detach()
    adam_d.step()
    yield None
    with discriminator.frozen():
        loss = ops.softplus(-discriminator(fake)).sum()
    loss.backward()
    yield loss
    adam_g.step()
    yield None
