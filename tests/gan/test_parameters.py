"""Parameter counts: calculated, compared with the networks, and shown in the docs."""

import subprocess
import sys

import numpy as np
import pytest

from minigan.gan import SIZES, Discriminator, Generator, MLPDiscriminator, MLPGenerator, parameters
from tests.support import ROOT


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("model", "size"),
    [*(("dcgan", size) for size in (*SIZES, 256)), *(("mlp", size) for size in SIZES[:3])],  # 128: 400 MB of weights
)
def test_counts_agree_with_the_networks(model, size, channels):
    rng = np.random.default_rng(0)
    if model == "dcgan":
        networks = Generator(size, channels, 5, 7, rng=rng), Discriminator(size, channels, 5, rng=rng)
    else:
        networks = MLPGenerator(size, channels, 7, rng=rng), MLPDiscriminator(size, channels, rng=rng)
    built = tuple(sum(p.size for p in network.parameters()) for network in networks)
    assert parameters.parameter_counts(size, channels, 5, 7)[model] == built


def test_the_generator_of_the_paper_has_12_7_million():
    """By hand, from figure 1: the projection, 4 kernels of 4×4, scales and shifts, 3 biases."""
    kernels = 16 * (1024 * 512 + 512 * 256 + 256 * 128 + 128 * 3)
    norms = 2 * (1024 + 512 + 256 + 128)
    generator, _ = parameters.parameter_counts(64, 3, 128, 100)["dcgan"]
    assert generator == 100 * 16 * 1024 + kernels + norms + 3 == 12_658_435


def test_the_table_in_the_docs_is_up_to_date():
    command = [sys.executable, "-m", "minigan.bench.parameters"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    page = (ROOT / "docs" / "fully-connected.md").read_text("utf-8")
    assert f"-->\n{printed}<!-- end -->" in page
    assert [line.split("|")[1].strip() for line in printed.splitlines()[2:]] == [
        "28×28×1", "28×28×3", "32×32×3", "64×64×3", "128×128×3", "256×256×3",
    ]  # fmt: skip
