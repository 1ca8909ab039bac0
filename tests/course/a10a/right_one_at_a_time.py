"""A search for each image; the best z on the way is kept; masks by indices, gradients by grad."""

import numpy as np

from minigan import Tensor, grad, nn, no_grad, ops, optim


def contextual(drawn, images, known):
    return ops.stack([((x[mask] - y[mask]) ** 2).sum() for x, y, mask in zip(drawn, images, known)])


def perceptual(discriminator, drawn):
    return ops.bce_with_logits(discriminator(drawn), 1.0, reduction="none")


def loss(generator, discriminator, z, images, known, weight=0.1):
    for network in (generator, discriminator):
        network.eval()
    drawn = generator(z)
    return contextual(drawn, images, known) + perceptual(discriminator, drawn) * weight


def search(generator, discriminator, image, mask, starts, steps, lr, weight):
    with no_grad():
        copies = np.broadcast_to(image, (len(starts), *image.shape))
        errors = contextual(generator(Tensor(starts)), copies, [mask] * len(starts)).numpy()
    z = nn.Parameter(starts[[errors.argmin()]])
    adam, best, least = optim.Adam([z], lr), z.numpy().copy(), np.inf
    for step in range(steps + 1):
        value = loss(generator, discriminator, z, image[None], [mask], weight).sum()
        if value.item() < least:
            least, best = value.item(), z.numpy().copy()
        if step < steps:
            (z.grad,) = grad(value, [z])
            adam.step()
    filled = image.copy()
    filled[~mask] = generator(Tensor(best)).numpy()[0][~mask]
    return filled, best[0]


def complete(generator, discriminator, images, known, starts, steps=100, lr=0.05, weight=0.1):
    generator.eval()
    settings = starts, steps, lr, weight
    found = [search(generator, discriminator, image, mask, *settings) for image, mask in zip(images, known)]
    filled, z = zip(*found)
    return np.stack(filled), np.stack(z)
