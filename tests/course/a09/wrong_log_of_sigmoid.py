# loses: logits
"""The logarithm of the probability."""

from minigan import ops


def moves(generator, discriminator, adam_g, adam_d, real, z):
    fake = generator(z)
    on_real = -ops.log(ops.sigmoid(discriminator(real))).mean()
    on_real.backward()
    on_fake = -ops.log(1 - ops.sigmoid(discriminator(fake.detach()))).mean()
    on_fake.backward()
    yield on_real.detach() + on_fake.detach()
    adam_d.step()
    yield None
    with discriminator.frozen():
        loss = -ops.log(ops.sigmoid(discriminator(fake))).mean()
    loss.backward()
    yield loss
    adam_g.step()
    yield None
