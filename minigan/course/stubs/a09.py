"""A9. The game

Write `moves`: one training step of a GAN. Two networks with opposite aims share one graph; most mistakes here raise no
error and draw pictures that look almost right.

Check your work as often as you like:      python -m minigan.course check a09
A hint for the part "apart":               python -m minigan.course check a09 --hint apart
Train the DCGAN by your moves:             python -m minigan.course train a09
"""

from minigan import Tensor, ops  # noqa: F401  (ops has what you need)


def moves(generator, discriminator, adam_g, adam_d, real: Tensor, z: Tensor):
    """One step on real images and noise z: D's turn, then G's. A Python generator that yields four times:

        yield L_D      D has judged, and its gradients are there          gradients in D alone
        yield None     D has learned: adam_d.step() was called
        yield L_G      the new D has judged, and G's gradients are there  gradients in G alone
        yield None     G has learned: adam_g.step() was called

    With d(x) = discriminator(x), logits of shape (N,), fake images G(z) = generator(z), and means over the images,

        L_D = mean softplus(−d(real)) + mean softplus(d(G(z)))        L_G = mean softplus(−d(G(z)))

    are Tensors of shape (). Real and fake images go through D as two batches, and both networks stay in training mode,
    as they come. D's turn leaves no gradients in G (`x.detach()`), G's turn none in D (`with discriminator.frozen():`).
    The step of an optimiser clears the gradients that it has used.
    """
    raise NotImplementedError("A9: write moves in a09.py")
    yield
