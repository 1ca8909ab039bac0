"""The weights in the package still load, draw and score as well as when they were added."""

import json

import numpy as np
import pytest

from minigan.commands import sample
from minigan.evaluate.scores import Reference, draw_samples
from minigan.gan import load_run, pretrained_names
from minigan.gan.checkpoint import shipped_folder

# Upper limits for Fréchet distances of 2,000 samples; docs/evaluate.md has the distances of 10,000.
AT_MOST = {"mnist": 15.0, "mnist-conditional": 15.0, "pixel-faces": 85.0, "pixel-art": 5.0}


def test_they_are_small_and_contain_the_command_that_trained_them():
    assert pretrained_names() == sorted(AT_MOST)
    assert sum(path.stat().st_size for path in shipped_folder().glob("*.npz")) < 12.5e6
    for name in pretrained_names():
        with np.load(shipped_folder() / f"{name}.npz", allow_pickle=False) as archive:
            header = json.loads(archive["header"].tobytes())
        assert header["note"].startswith(f"python -m minigan.train {header['config']['source']}")


@pytest.mark.parametrize("name", AT_MOST)
def test_they_still_score(name):
    run = load_run(f"pretrained:{name}")
    reference = Reference(run.config, 2000)
    samples, labels = draw_samples(run, 2000, seed=1)
    assert reference.distance(samples) < AT_MOST[name]
    logits = reference.run_judge(samples).logits
    if labels is not None:
        assert (logits.argmax(axis=1) == labels).mean() > 0.95


def test_sampling_by_name(here, capsys):
    assert sample.main(["pretrained:pixel-faces", "--count", "4", "--out", "faces.png"]) == 0
    assert "Wrote faces.png: 4 images" in capsys.readouterr().out
    run = load_run("pretrained:pixel-faces")
    z = np.random.default_rng(0).standard_normal((2, 100), np.float32)
    images = run.draw(z)
    assert images.shape == (2, 32, 32, 3)
    assert (images[0] != images[1]).any()
