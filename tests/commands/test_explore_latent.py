"""`minigan.explore walk`, `arithmetic` and `turn`, run through their command lines with the weights in the package."""

import csv
import re

import pytest
from PIL import Image

from minigan.commands import explore
from minigan.commands.explore import arithmetic, turn
from minigan.errors import BadInput
from minigan.explore import concepts
from minigan.explore.arithmetic import parse
from minigan.gan import Config, Run, save_run
from tests.support.commands import refused

FACES = "pretrained:pixel-faces"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(concepts, "MIN_SAMPLES", 500)
    monkeypatch.setattr(turn, "SAMPLES", 80)


def numbers_in(folder):
    with open(folder / "numbers.csv") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def pictures_in(folder):
    sizes = {}
    for path in folder.glob("*.[pg][ni][gf]"):
        with Image.open(path) as picture:
            sizes[path.name] = picture.width
    return sizes


def test_a_walk_does_not_jump(here, capsys):
    assert explore.main(["walk", FACES, "--stations", "3", "--steps", "32"]) == 0
    folder = here / "explorations" / "walk" / "001"
    numbers = numbers_in(folder)
    for space in ("features", "pixels"):
        jump = numbers[f"nearest_training_images_{space}_largest_by_mean_step"]
        for kind in ("linear", "spherical"):
            assert numbers[f"{kind}_{space}_largest_by_mean_step"] < 0.7 * jump
            assert numbers[f"{kind}_{space}_largest_by_unrelated"] < 0.5
        assert numbers[f"nearest_training_images_{space}_largest_by_unrelated"] > 0.5
    assert pictures_in(folder).keys() == {"strip.png", "linear.png", "spherical.png", "walk.gif"}
    output = capsys.readouterr().out
    assert "nearest training images" in output
    assert "explorations/walk/001/walk.gif" in output


def test_without_a_judge_a_walk_is_measured_in_pixels(here, capsys):
    save_run(here / "large.npz", Run(Config(width=4, latent=6, image_size=64)))
    assert explore.main(["walk", "large.npz", "--stations", "2", "--steps", "3", "--out", "walk"]) == 0
    assert {name.split("_")[1] for name in numbers_in(here / "walk")} == {"pixels"}
    output = capsys.readouterr().out
    assert "the judge" not in output
    assert "nearest" not in output


def test_conditional_networks_walk_within_a_class(here, capsys):
    save_run(here / "labels.npz", Run(Config(width=4, latent=6, conditional=True, classes=10)))
    small = ["labels.npz", "--stations", "2", "--steps", "2"]
    assert explore.main(["walk", *small, "--label", "7"]) == 0
    assert "expected --label from 0 to 9, got none" in refused(capsys, explore, "walk", *small)
    assert "expected --label from 0 to 9, got 10" in refused(capsys, explore, "walk", *small, "--label", 10)
    assert "is not conditional; leave out --label 1" in refused(capsys, explore, "walk", FACES, "--label", 1)
    for command, what in {"arithmetic": "7 - 1", "turn": "7"}.items():
        assert "its networks are conditional (10 classes)" in refused(capsys, explore, command, "labels.npz", what)


def test_sums_of_z_are_better_than_chance_and_than_sums_of_pixels(here, capsys):
    assert explore.main(["arithmetic", FACES, "glasses + smile - hat", "--draws", "60"]) == 0
    folder = here / "explorations" / "arithmetic" / "001"
    numbers = numbers_in(folder)
    assert numbers["sum_obey"] > 1.5 * numbers["samples_obey"]
    assert numbers["neighbourhood_obey"] > 1.5 * numbers["samples_obey"]
    for concept, sign in {"glasses": 1, "smile": 1, "hat": -1}.items():
        assert sign * (numbers[f"sum_{concept}"] - numbers[f"samples_{concept}"]) > 0.05
    assert numbers["pixels_d_logit"] < min(numbers["sum_d_logit"], numbers["samples_d_logit"]) - 2
    assert numbers["samples_sharpness"] == 1.0
    assert pictures_in(folder).keys() == {"exemplars.png", "result.png", "draws.png"}
    assert "The share in which the judge sees glasses and smile and no hat" in capsys.readouterr().out


def test_sums_with_many_exemplars(here):
    argv = ["arithmetic", FACES, "glasses + smile - hat", "--exemplars", "40", "--draws", "20", "--out", "many"]
    assert explore.main(argv) == 0
    numbers = numbers_in(here / "many")
    assert numbers["pixels_sharpness"] < 0.85 * numbers["sum_sharpness"]
    assert numbers["sum_obey"] > 0.85
    assert numbers["sum_length"] < 0.7 * numbers["samples_length"]


def test_clear_exemplars_are_better_ones(here, capsys):
    obey = []
    for out, more in {"all": ["--clearest", "1"], "clear": []}.items():
        assert explore.main(["arithmetic", FACES, "glasses + smile - hat", "--out", out, *more]) == 0
        obey.append(numbers_in(here / out)["sum_obey"])
    assert obey[1] > obey[0] + 0.08
    for clearest in ("0", "1.5", "nan", "half"):
        message = refused(capsys, explore, "arithmetic", FACES, "hat", "--clearest", clearest)
        assert f"expected a number above 0, up to 1, got '{clearest}'" in message


def test_the_same_seed_gives_the_same_numbers(here):
    for out, seed in {"a": 1, "b": 1, "c": 2}.items():
        explore.main(["arithmetic", FACES, "- hat", "--draws", "5", "--seed", str(seed), "--out", out])
    a, b, c = (numbers_in(here / out) for out in "abc")
    assert a == b != c


def test_turning_changes_smiles(here, capsys):
    assert explore.main(["turn", FACES, "smile", "--exemplars", "100"]) == 0
    folder = here / "explorations" / "turn" / "001"
    numbers = numbers_in(folder)
    low, middle, high = (numbers[f"smile at {strength}"] for strength in ("-4", "+0", "+4"))
    assert low < middle - 0.15
    assert high > middle + 0.15
    random = [numbers[f"random directions at {strength}"] for strength in ("-4", "+4")]
    assert high - low > 2 * abs(random[1] - random[0])
    for name in ("hat", "glasses", "beard", "long_hair"):  # change less
        assert abs(numbers[f"{name} at +4"] - numbers[f"{name} at -4"]) < high - low
    assert pictures_in(folder) == {"turn.png": 880, "curves.png": 880}
    assert "The other concepts changed by: glasses" in capsys.readouterr().out


def test_unsuitable_networks_and_arguments_are_refused(here, capsys):
    save_run(here / "large.npz", Run(Config(width=4, latent=6, image_size=64)))
    for command, what in {"arithmetic": "7 - 1", "turn": "7"}.items():
        assert "takes images of 28×28 pixels, not 64×64" in refused(capsys, explore, command, "large.npz", what)
        assert "the judge knows: glasses, hat, beard" in refused(capsys, explore, command, FACES, "moustache")
        (here / "used").mkdir(exist_ok=True)
        (here / "used" / "x").touch()
        assert "not empty" in refused(capsys, explore, command, FACES, "hat", "--out", "used")
    assert "no concept after '+'" in refused(capsys, explore, "arithmetic", FACES, "hat +")
    assert "--from: expected a concept other than hat" in refused(
        capsys, explore, "turn", FACES, "hat", "--from", "hat"
    )
    assert not (here / "explorations").exists()


@pytest.mark.parametrize(
    ("argv", "terms"),
    [
        (["glasses", "+", "smile", "-", "hat"], "+ glasses + smile − hat"),
        (["-hat"], "− hat"),
        (["glasses", "-hat", "--draws", "5"], "+ glasses − hat"),
        (["--draws", "5", "-hat + long hair"], "− hat + long_hair"),
        (["-beard-hat"], "− beard − hat"),
    ],
)
def test_an_expression_needs_no_quotes(here, monkeypatch, argv, terms):
    """A concept with a minus is not read as an option, such as -h in -hat."""

    def parse_and_stop(expression, names):
        raise BadInput(" ".join(map(str, parse(expression, names))))

    monkeypatch.setattr(arithmetic, "parse", parse_and_stop)
    with pytest.raises(BadInput, match=f"^{re.escape(terms)}$"):
        explore.main(["arithmetic", FACES, *argv])
