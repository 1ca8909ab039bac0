# loses: batches
"""D judges in evaluation mode."""

from minigan import ops


def moves(generator, discriminator, adam_g, adam_d, real, z):
    discriminator.eval()
    fake = generator(z)
    on_real = ops.softplus(-discriminator(real)).mean()
    on_real.backward()
    on_fake = ops.softplus(discriminator(fake.detach())).mean()
    on_fake.backward()
    yield on_real.detach() + on_fake.detach()
    adam_d.step()
    yield None
    with discriminator.frozen():
        loss = ops.softplus(-discriminator(fake)).mean()
    loss.backward()
    yield loss
    adam_g.step()
    yield None
