"""Tables over several trainings of the same kind: each figure rests on as many seeds as it says."""

from pathlib import Path

import numpy as np

from minigan.data import ImageDataset, load_dataset, load_test_set
from minigan.evaluate import choose_c, pooled_features, svm_error
from minigan.gan import RULES, Run, draw_samples, load_run
from minigan.show import save_sheet

from .trials import SEEDS, Trial, over_seeds, spread

# Small, so that thirty of them end in an hour or two; averaged, so that the last few steps do not decide the score.
SMALL = ("mnist", "--width", "32", "--epochs", "2", "--average", "0.999")
MLP = ("mnist", "--model", "mlp", "--epochs", "2", "--average", "0.999")  # as long as SMALL takes
TOLD = 1_000  # digits whose label the SVM is told
SHOWN = 14  # samples of each kind in a picture


def ablations(root: Path, docs: Path) -> str:
    """All rules kept, and each of them broken."""
    kinds = {"none": over_seeds(SMALL, root)}
    kinds |= {rule: over_seeds((*SMALL, "--ablate", rule), root) for rule in RULES}
    instead = {rule: " ".join((do.__doc__ or "").split("\n\n")[0].split()) for rule, do in RULES.items()}
    lines = ["| `--ablate` | instead | Fréchet distance | precision | recall |", "|---|---|--:|--:|--:|"]
    for rule, trials in kinds.items():
        lines.append(f"| {rule} | {instead.get(rule, '')} | {' | '.join(scores_of(trials))} |")
    picture(docs / "ablations.png", kinds)
    return "\n".join([*lines, "", note(kinds["none"])])


def equal_time(root: Path, docs: Path) -> str:
    """DCGAN and the classic GAN, trained for about the same time."""
    kinds = {"DCGAN": over_seeds(SMALL, root), "MLP": over_seeds(MLP, root)}
    lines = ["| | epochs | seconds | Fréchet distance | precision | recall |", "|---|--:|--:|--:|--:|--:|"]
    for name, trials in kinds.items():
        scores = " | ".join(scores_of(trials))
        times = [t for trial in trials if (t := trial.seconds())]
        epochs = load_run(trials[0].run.checkpoint).config.epochs
        lines.append(f"| {name} | {epochs} | {spread(times, '.0f') if times else 'not known'} | {scores} |")
    picture(docs / "equal-time.png", kinds)
    return "\n".join([*lines, "", note(kinds["MLP"])])


def features(root: Path, docs: Path) -> str:
    """The error of a linear SVM that is told 1,000 labels: on what D sees, trained or not, and on pixels."""
    digits, test = load_dataset("mnist"), load_test_set("mnist", 28)
    assert digits.labels is not None
    trials = over_seeds(SMALL, root)
    found: dict[str, list[tuple[int, float]]] = {
        "of D, trained without labels": [],
        "of D, untrained": [],
        "pixels": [],
    }
    for seed, trial in enumerate(trials):
        trial.do()
        run = load_run(trial.run.checkpoint)
        told = some_of_each(digits, np.random.default_rng(seed))
        for name, net in zip(found, (run, Run(run.config), None)):
            found[name].append(svm_on(net, digits.images[told], digits.labels[told], test))
    lines = ["| features | numbers per image | error on the 10,000 digits of the test set, % |", "|---|--:|--:|"]
    for name, pairs in found.items():
        lines.append(f"| {name} | {pairs[0][0]:,} | {spread([100 * error for _, error in pairs], '.2f')} |")
    return "\n".join([*lines, "", f"{note(trials)} Each seed told the labels of other {TOLD:,} digits."])


def svm_on(run: Run | None, images: np.ndarray, labels: np.ndarray, test: ImageDataset) -> tuple[int, float]:
    """How many features there are of a digit, by the run's D or, without one, its pixels; and the SVM's error."""
    assert test.labels is not None
    sets = [images, test.images[:]]
    if run is None:
        known, unknown = (x.reshape(len(x), -1).astype(np.float32) for x in sets)
    else:
        known, unknown = (pooled_features(run.game.discriminator, x) for x in sets)
    return known.shape[1], svm_error(known, labels, unknown, test.labels, choose_c(known, labels))


def some_of_each(data: ImageDataset, rng: np.random.Generator) -> np.ndarray:
    """The positions of TOLD images, equally many of each class."""
    assert data.labels is not None
    classes, order = data.classes(), rng.permutation(len(data))
    return np.concatenate([order[data.labels[order] == label][: TOLD // classes] for label in range(classes)])


def scores_of(trials: list[Trial]) -> list[str]:
    """Fréchet distance, precision and recall over the trials, which are done first where they are not."""
    for trial in trials:
        trial.do()
    scores = [trial.scores() for trial in trials]
    forms = {"frechet": ".1f", "precision": ".2f", "recall": ".2f"}
    return [spread([values[name] for values in scores], form) for name, form in forms.items()]


def picture(path: Path, kinds: dict[str, list[Trial]]) -> None:
    """A row of samples of each kind, the first seed's, of the same z's."""
    rows = [draw_samples(load_run(trials[0].run.checkpoint), SHOWN, seed=0)[0] for trials in kinds.values()]
    save_sheet(path, rows, list(kinds))


def note(trials: list[Trial]) -> str:
    """On what the figures rest."""
    command = load_run(trials[0].run.checkpoint).config.command()
    return f"Mean of {len(SEEDS)} seeds (lowest–highest), `{command}`, `--seed` {', '.join(map(str, SEEDS))}."
