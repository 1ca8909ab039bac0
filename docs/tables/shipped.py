"""Tables about the judges and the GAN weights in the package."""

from pathlib import Path

from minigan.archives import read_archive
from minigan.commands.cli import progress
from minigan.data import SOURCES, load_test_set
from minigan.evaluate.judges import accuracy, shipped_judge
from minigan.evaluate.one_nn import PAPER, one_nn
from minigan.evaluate.scores import Reference, score
from minigan.gan import PRETRAINED, draw_samples, load_run, pretrained_names
from minigan.gan.checkpoint import FORMAT, VERSION, WHAT, find_checkpoint
from minigan.show import save_sheet

BLUR = 1.0  # pixels; chosen on held-out digits, see evaluate.md
ROWS, COLUMNS = 5, 14  # of samples in a picture; conditional weights get one column for each label


def judges(root: Path, docs: Path) -> str:
    """The accuracy of each judge on its test set."""
    lines = ["| judge | | right |", "|---|---|--:|"]
    tested = []
    for name, source in SOURCES.items():
        if source.judge_epochs:
            test = load_test_set(name, source.size)
            judge = shipped_judge(name, source.size)
            tasks = [f"which {source.label}"] if judge.exclusive else judge.names
            for task, share in zip(tasks, accuracy(judge, test)):
                lines.append(f"| {name} | {task.replace('_', ' ')} | {share:.2%} |")
            tested.append(f"{len(test):,} images of {name}")
    return "\n".join([*lines, "", f"One training each, seed 0; tested on {' and '.join(tested)}."])


def weights(root: Path, docs: Path) -> str:
    """The scores of each GAN in the package, and a picture of its samples."""
    lines = ["| | made by | Fréchet distance (real: floor) | precision | recall |", "|---|---|--:|--:|--:|"]
    for name in pretrained_names():
        run = load_run(PRETRAINED + name)
        found = score(run, Reference(run.config), progress=progress)
        fidelity = found.fidelity
        lines.append(
            f"| `{name}` | `{training_command(name)}` | {found.frechet:.2f} ({found.floor:.2f}) "
            f"| {fidelity.precision:.2f} | {fidelity.recall:.2f} |"
        )
        columns = run.config.classes or COLUMNS
        samples, _ = draw_samples(run, ROWS * columns, seed=0)
        labels = [str(label) for label in range(run.config.classes)]
        save_sheet(docs / f"pretrained-{name}.png", samples.reshape(ROWS, columns, *samples.shape[1:]), columns=labels)
    return "\n".join([*lines, "", "One training each, with seed 0 unless the command has another."])


def one_nn_table(root: Path, docs: Path) -> str:
    """Table 3 of the paper, for the conditional weights."""
    run = load_run(PRETRAINED + "mnist-conditional")
    paper = ", ".join(f"{error:.2%} ({name})" for name, error in PAPER.items())
    lines = []
    for blur, how, (samples, real) in ((0.0, "", (paper, "3.1 %")), (BLUR, f", blurred by {BLUR:g} pixel", ("", ""))):
        held_out, test = (one_nn(run, validation=kept, blur=blur, progress=progress) for kept in (True, False))
        lines += [
            f"| samples{how} | {held_out.by_samples:.2%} | {test.by_samples:.2%} | {samples} |",
            f"| real digits{how} | {held_out.by_real:.2%} | {test.by_real:.2%} | {real} |",
        ]
    where = f"on {held_out.tested:,} held-out digits | on the test set"
    head = f"| trained on {test.trained_on:,} | {where} | the paper's |"
    return "\n".join([head, "|---|--:|--:|--:|", *lines, "", "One training, one set of samples, seed 0."])


def training_command(name: str) -> str:
    """The command that trained these weights."""
    header, _ = read_archive(find_checkpoint(PRETRAINED + name), FORMAT, (VERSION,), WHAT)
    return header["note"]
