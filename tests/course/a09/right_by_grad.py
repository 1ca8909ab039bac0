"""The gradients are asked for by name, so that none can arrive elsewhere."""

from minigan import Tensor, grad, ops


def give(network, loss):
    weights = network.parameters()
    for p, g in zip(weights, grad(loss, weights)):
        p.grad = g


def moves(generator, discriminator, adam_g, adam_d, real, z):
    fake = generator(z)
    loss = (ops.softplus(-discriminator(real)) + ops.softplus(discriminator(fake.detach()))).mean()
    give(discriminator, loss)
    yield loss
    adam_d.step()
    yield
    loss = -ops.log_softmax(ops.stack([discriminator(fake), Tensor(0 * z.data[:, 0])]), axis=0)[0].mean()
    give(generator, loss)
    yield loss
    adam_g.step()
    yield
