"""Tables of means over several trainings that differ only in the seed."""

import shutil
from pathlib import Path

import numpy as np

from minigan.data import ImageDataset, load_dataset, load_test_set
from minigan.evaluate import choose_c, pooled_features, svm_error
from minigan.gan import RULES, Run, draw_samples, load_run
from minigan.show import save_sheet

from .trials import SEEDS, Trial, over_seeds, run_all, spread

# Small, so that thirty trainings take an hour or two; averaged, so that the score depends less on the last few steps.
SMALL = ("mnist", "--no-hidden", "--width", "32", "--epochs", "2", "--lr", "0.0002")
MLP = ("mnist", "--model", "mlp", "--epochs", "2", "--lr", "0.0002")  # takes about as long as SMALL
WEAK_R1 = ("--penalty", "r1", "--penalty-weight", "0.05", "--penalty-every", "4")
STACKED = (  # DCGAN by its rules, and what draws all kinds
    ("stacked-mnist", "--no-hidden", "--lr", "0.0002"),
    ("stacked-mnist",),
    ("stacked-mnist", "--epochs", "10", "--decay", "0.5"),
    ("stacked-mnist", "--epochs", "25", "--decay", "0.5"),
    ("stacked-mnist", "--epochs", "16", "--lr", "0.0008"),
    ("stacked-mnist", "--epochs", "8", "--lr", "0.0008", *WEAK_R1),
)
FACES = (
    "pixel-faces", "--model", "pixel-art", "--hidden", "--attributes", "--epochs", "80", "--lr", "0.0008",
    "--decay", "0.75", "--penalty", "r1", "--penalty-weight", "0.2", "--penalty-every", "4",
)  # fmt: skip
LABELLED = 1_000  # digits whose labels the SVM learns from
SHOWN = 14  # samples of each kind in a picture


def digits(root: Path, docs: Path) -> str:
    """The training that is the default, and its picture in the README."""
    lines, trials = by_seed(("mnist",), root)
    shutil.copyfile(trials[0].run.sample_files()[-1], docs / "mnist.png")
    real = trials[0].scores()["judge_is_sure_real"]
    return "\n".join([*lines, "", f"`python -m minigan.train mnist`; of real digits the judge is sure of {real:.1%}."])


def faces(root: Path, docs: Path) -> str:
    """The training of the faces in the package that are drawn best."""
    lines, trials = by_seed(FACES, root)
    real = trials[0].scores()["judge_is_sure_real"]
    return "\n".join([*lines, "", f"Of real faces the judge is sure of {real:.1%}: of all five attributes."])


def by_seed(arguments: tuple[str, ...], root: Path) -> tuple[list[str], list[Trial]]:
    """A table of one training with each of SEEDS, and these trials."""
    trials = over_seeds(arguments, root)
    run_all(trials)
    lines = ["| `--seed` | seconds | Fréchet distance (real: floor) | the judge is sure of | precision | recall |"]
    lines.append("|--:|--:|--:|--:|--:|--:|")
    for seed, trial in zip(SEEDS, trials):
        scores, seconds = trial.scores(), trial.seconds()
        lines.append(
            f"| {seed} | {f'{seconds:.0f}' if seconds else 'not known'} | {scores['frechet']:.1f} "
            f"({scores['frechet_floor']:.1f}) | {scores['judge_is_sure']:.1%} | {scores['precision']:.2f} "
            f"| {scores['recall']:.2f} |"
        )
    return lines, trials


def modes(root: Path, docs: Path) -> str:
    """How many kinds of stacked digits are drawn, and how evenly."""
    lines = ["| | kinds among 26,000 samples | KL divergence, nats |", "|---|--:|--:|"]
    trials = [Trial(arguments, root) for arguments in STACKED]
    run_all(trials)
    for trial in trials:
        scores = trial.scores()
        command = " ".join(("python -m minigan.train", *trial.arguments))
        lines.append(f"| `{command}` | {scores['classes']:.0f} | {scores['kl_divergence']:.3f} |")
    lines.append(f"| real images | {scores['classes_real']:.0f} | {scores['kl_divergence_real']:.3f} |")
    return "\n".join([*lines, "", "One training each, seed 0."])


def ablations(root: Path, docs: Path) -> str:
    """DCGAN with all its design rules, and without each of them."""
    kinds = {"none": over_seeds(SMALL, root)}
    kinds |= {rule: over_seeds((*SMALL, "--ablate", rule), root) for rule in RULES}
    run_all(trial for trials in kinds.values() for trial in trials)
    instead = {rule: " ".join((do.__doc__ or "").split("\n\n")[0].split()) for rule, do in RULES.items()}
    lines = ["| `--ablate` | instead | Fréchet distance | precision | recall |", "|---|---|--:|--:|--:|"]
    for rule, trials in kinds.items():
        lines.append(f"| {rule} | {instead.get(rule, '')} | {' | '.join(scores_of(trials))} |")
    picture(docs / "ablations.png", kinds)
    return "\n".join([*lines, "", note(kinds["none"])])


def equal_time(root: Path, docs: Path) -> str:
    """DCGAN and the fully connected GAN, trained for about the same time."""
    kinds = {"DCGAN": over_seeds(SMALL, root), "MLP": over_seeds(MLP, root)}
    run_all(trial for trials in kinds.values() for trial in trials)
    lines = ["| | epochs | seconds | Fréchet distance | precision | recall |", "|---|--:|--:|--:|--:|--:|"]
    for name, trials in kinds.items():
        scores = " | ".join(scores_of(trials))
        times = [t for trial in trials if (t := trial.seconds())]
        epochs = load_run(trials[0].run.checkpoint).config.epochs
        lines.append(f"| {name} | {epochs} | {spread(times, '.0f') if times else 'not known'} | {scores} |")
    picture(docs / "equal-time.png", kinds)
    return "\n".join([*lines, "", note(kinds["MLP"])])


def features(root: Path, docs: Path) -> str:
    """The error of a linear SVM trained on 1,000 labels: on features of a trained and an untrained D, and pixels."""
    digits, test = load_dataset("mnist"), load_test_set("mnist", 28)
    assert digits.labels is not None
    trials = over_seeds(SMALL, root)
    run_all(trials)
    found: dict[str, list[tuple[int, float]]] = {
        "of D, trained without labels": [],
        "of D, untrained": [],
        "pixels": [],
    }
    for seed, trial in enumerate(trials):
        run = load_run(trial.run.checkpoint)
        labelled = some_of_each(digits, np.random.default_rng(seed))
        for name, net in zip(found, (run, Run(run.config), None)):
            found[name].append(svm_on(net, digits.images[labelled], digits.labels[labelled], test))
    lines = ["| features | numbers per image | error on the 10,000 digits of the test set, % |", "|---|--:|--:|"]
    for name, pairs in found.items():
        lines.append(f"| {name} | {pairs[0][0]:,} | {spread([100 * error for _, error in pairs], '.2f')} |")
    return "\n".join([*lines, "", f"{note(trials)} Each seed learns from the labels of other {LABELLED:,} digits."])


def svm_on(run: Run | None, images: np.ndarray, labels: np.ndarray, test: ImageDataset) -> tuple[int, float]:
    """The number of features of a digit, from the run's D or, if None, its pixels; and the SVM's test error."""
    assert test.labels is not None
    sets = [images, test.images[:]]
    if run is None:
        train_features, test_features = (x.reshape(len(x), -1).astype(np.float32) for x in sets)
    else:
        train_features, test_features = (pooled_features(run.game.discriminator, x) for x in sets)
    c = choose_c(train_features, labels)
    return train_features.shape[1], svm_error(train_features, labels, test_features, test.labels, c)


def some_of_each(data: ImageDataset, rng: np.random.Generator) -> np.ndarray:
    """The positions of LABELLED images, the same number of each class."""
    assert data.labels is not None
    classes, order = data.classes(), rng.permutation(len(data))
    return np.concatenate([order[data.labels[order] == label][: LABELLED // classes] for label in range(classes)])


def scores_of(trials: list[Trial]) -> list[str]:
    """Fréchet distance, precision and recall over the trials."""
    scores = [trial.scores() for trial in trials]
    formats = {"frechet": ".1f", "precision": ".2f", "recall": ".2f"}
    return [spread([values[name] for values in scores], number_format) for name, number_format in formats.items()]


def picture(path: Path, kinds: dict[str, list[Trial]]) -> None:
    """A row of samples of each kind, by the first seed and from the same z's."""
    rows = [draw_samples(load_run(trials[0].run.checkpoint), SHOWN, seed=0)[0] for trials in kinds.values()]
    save_sheet(path, rows, list(kinds))


def note(trials: list[Trial]) -> str:
    """The number of seeds and the command of the trainings."""
    command = load_run(trials[0].run.checkpoint).config.command()
    return f"Mean of {len(SEEDS)} seeds (lowest–highest), `{command}`, `--seed` {', '.join(map(str, SEEDS))}."
