"""One backward pass for both halves, with cross-entropies."""

from minigan import ops


def moves(generator, discriminator, adam_g, adam_d, real, z):
    fake = generator(z)
    judged = [discriminator(real), discriminator(fake.detach())]
    loss = sum(ops.bce_with_logits(logits, target) for logits, target in zip(judged, (1.0, 0.0)))
    loss.backward()
    yield loss
    adam_d.step()
    yield
    with discriminator.frozen():
        loss = ops.bce_with_logits(discriminator(fake), 1.0)
        loss.backward()
        yield loss
    adam_g.step()
    yield
