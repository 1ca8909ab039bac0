# loses: values, gradients, turns, apart, logits, batches, outcome
"""Calls the engine's own step."""

from minigan.gan import Game


def moves(generator, discriminator, adam_g, adam_d, real, z):
    game = Game(generator, discriminator, 0.1, (0.5, 0.9))
    game.generator_adam, game.discriminator_adam = adam_g, adam_d
    found = {move.name: move.tensors.get("loss") for move in game.moves(real, z)}
    yield found["D judges real images"] + found["D judges fake images"]
    yield None
    yield found["D judges again, for G"]
    yield None
