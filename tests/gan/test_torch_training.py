"""Five training steps of a GAN agree with the same steps in PyTorch, in float64 to 1e-10.

This tests convolutions, batch norm, the non-saturating loss, Adam and the order of D's and G's updates together.
"""

import numpy as np
import pytest

from minigan import Tensor
from minigan.gan import Discriminator, Game, Generator
from minigan.nn import BatchNorm2d, Conv2d, ConvTranspose2d, LeakyReLU, Module, Sequential

torch = pytest.importorskip("torch", reason="PyTorch, the independent oracle, is not installed: pip install torch")
nn = torch.nn

LR, BETAS, BATCH, LATENT, WIDTH = 2e-3, (0.5, 0.999), 4, 5, 6


def same_in_torch(net: Sequential):
    """The same layers in PyTorch, with the same parameters and running statistics."""
    layers = []
    for layer in net.layers:
        if isinstance(layer, Conv2d):
            kind = nn.ConvTranspose2d if isinstance(layer, ConvTranspose2d) else nn.Conv2d
            bias = layer.bias is not None
            twin = kind(*layer.channels, layer.kernel, layer.stride, layer.padding, bias=bias)
        elif isinstance(layer, BatchNorm2d):
            twin = nn.BatchNorm2d(layer.scale.size)
        elif isinstance(layer, LeakyReLU):
            twin = nn.LeakyReLU(layer.slope)
        else:
            twin = nn.Tanh()
        layers.append(twin)
    twin = nn.Sequential(*layers).double()
    with torch.no_grad():
        for (_, ours), theirs in zip(net.named_tensors(), state(twin), strict=True):
            in_our_order(theirs).copy_(torch.tensor(ours.numpy()))
    return twin


def state(twin) -> list:
    """PyTorch's parameters and running statistics, in our order: layer by layer."""
    return [x for name, x in twin.state_dict().items() if not name.endswith("num_batches_tracked")]


def in_our_order(t):
    return t.permute(2, 3, 1, 0) if t.ndim == 4 else t


def assert_same(ours: Module, theirs, step: int):
    for (name, x), t in zip(ours.named_tensors(), state(theirs), strict=True):
        expected = in_our_order(t).numpy()
        np.testing.assert_allclose(x.numpy(), expected, rtol=1e-10, atol=1e-10, err_msg=f"{name}, step {step}")


def torch_step(generator, discriminator, generator_adam, discriminator_adam, real, z):
    """One training step as in the paper's algorithm: D on real and fake images, then G with the updated D."""
    softplus = nn.functional.softplus
    fake = generator(z[:, :, None, None])
    d_loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake.detach())).mean()
    discriminator_adam.zero_grad()
    d_loss.backward()
    discriminator_adam.step()
    g_loss = softplus(-discriminator(fake)).mean()
    generator_adam.zero_grad()
    g_loss.backward()
    generator_adam.step()
    return d_loss.item(), g_loss.item()


@pytest.mark.parametrize(("image_size", "channels"), [(28, 1), (32, 3)])
def test_five_training_steps_agree(image_size, channels):
    """After each step: both losses, every parameter, every running statistic of both networks."""
    rng = np.random.default_rng(0)
    ours = Game(
        Generator(image_size, channels, WIDTH, LATENT, rng=rng).astype(np.float64),
        Discriminator(image_size, channels, WIDTH, rng=rng).astype(np.float64),
        LR, BETAS,
    )  # fmt: skip
    generator, discriminator = (same_in_torch(net.net) for net in (ours.generator, ours.discriminator))
    adams = [torch.optim.Adam(net.parameters(), LR, BETAS) for net in (generator, discriminator)]
    for step in range(1, 6):
        real = rng.uniform(-1, 1, (BATCH, image_size, image_size, channels))
        z = rng.normal(size=(BATCH, LATENT))
        metrics = ours.step(Tensor(real), Tensor(z))
        images, noise = torch.tensor(np.moveaxis(real, 3, 1).copy()), torch.tensor(z)
        losses = torch_step(generator, discriminator, *adams, images, noise)
        assert [metrics[name].item() for name in ("d_loss", "g_loss")] == pytest.approx(losses, rel=1e-10, abs=1e-10)
        assert_same(ours.generator, generator, step)
        assert_same(ours.discriminator, discriminator, step)
