"""G draws for D without a graph, and again in its own turn; the fake images are judged first."""

from minigan import no_grad, ops


def turn_of_d(generator, discriminator, real, z):
    with no_grad():
        fake = generator(z)
    loss = ops.softplus(discriminator(fake)).mean()
    loss = loss + ops.softplus(-discriminator(real)).mean()
    loss.backward()
    return loss


def moves(generator, discriminator, adam_g, adam_d, real, z):
    yield turn_of_d(generator, discriminator, real, z)
    yield adam_d.step()
    loss = ops.softplus(-discriminator(generator(z))).mean()
    loss.backward()
    discriminator.zero_grad()  # instead of freezing it
    yield loss
    yield adam_g.step()
