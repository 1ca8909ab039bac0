# loses: batches
"""Real and fake images go through D together."""

import numpy as np

from minigan import Tensor, ops


def moves(generator, discriminator, adam_g, adam_d, real, z):
    fake = generator(z)
    logits = discriminator(Tensor(np.concatenate([real.data, fake.data])))
    loss = ops.softplus(-logits[: len(real)]).mean() + ops.softplus(logits[len(real) :]).mean()
    loss.backward()
    yield loss
    adam_d.step()
    yield None
    with discriminator.frozen():
        loss = ops.softplus(-discriminator(fake)).mean()
    loss.backward()
    yield loss
    adam_g.step()
    yield None
