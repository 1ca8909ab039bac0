# loses: values, gradients, turns, apart, logits, batches, outcome
"""D judges the images with their history: its backward pass frees G's graph, and G's own fails."""

from minigan import ops


def moves(generator, discriminator, adam_g, adam_d, real, z):
    fake = generator(z)
    on_real = ops.softplus(-discriminator(real)).mean()
    on_real.backward()
    on_fake = ops.softplus(discriminator(fake)).mean()
    on_fake.backward()
    yield on_real.detach() + on_fake
    adam_d.step()
    yield None
    with discriminator.frozen():
        loss = ops.softplus(-discriminator(fake)).mean()
    loss.backward()
    yield loss
    adam_g.step()
    yield None
