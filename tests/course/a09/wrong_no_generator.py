# loses: values, gradients, turns, apart, logits, batches, outcome
"""Plays the step and yields nothing."""

from minigan import ops


def moves(generator, discriminator, adam_g, adam_d, real, z):
    fake = generator(z)
    on_real = ops.softplus(-discriminator(real)).mean()
    on_real.backward()
    on_fake = ops.softplus(discriminator(fake.detach())).mean()
    on_fake.backward()
    adam_d.step()
    with discriminator.frozen():
        loss = ops.softplus(-discriminator(fake)).mean()
    loss.backward()
    adam_g.step()
