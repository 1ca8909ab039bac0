"""The moment of an assignment: the DCGAN is trained with the student's functions in the place of the engine's."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ..arrays.blas import one_thread
from ..data import Batches, load_dataset, scale_images
from ..errors import BadInput, Progress, quiet
from ..gan import Config, Run, draw_noise, draw_samples, train
from ..tensor import Tensor
from .assignment import Assignment
from .seams import Change, changes_of, plugged, settings_of, steps_of

# Small and fast: digits can be recognised after some 300 steps.
CONFIG = Config(source="mnist", hidden=True, width=16, epochs=1, lr=1e-3, average=0.95)
STEPS = 300
SHOWN = 64  # digits drawn in the end


class Outcome(NamedTuple):
    """What came out: `yours` and `all_calls` count the calls by what they are ("convolutions").

    `distance` is that of the gradients of step 1, computed with the student's functions and with the engine's, relative
    to the largest; None if none of the functions take part in gradients.
    """

    images: np.ndarray
    yours: Counter
    all_calls: Counter
    distance: float | None
    seconds: float


def load_module(assignment: Assignment, source: str) -> ModuleType:
    """The student's file as a module of this process.  Raises BadInput, naming the line, if executing it fails."""
    module = ModuleType(assignment.name)
    try:
        exec(compile(source, assignment.file, "exec"), module.__dict__)
    except Exception as error:
        traceback, line = error.__traceback__, 0
        while traceback:
            if traceback.tb_frame.f_code.co_filename == assignment.file:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        raise BadInput(f"{assignment.file}, line {line}: {type(error).__name__}: {error}") from error
    return module


def train_with(
    students: Mapping[str, ModuleType], steps: int | None = None, progress: Progress = quiet, config: Config = CONFIG
) -> Outcome:
    """Train on digits for so many steps, at most an epoch, with the functions of the students' modules.

    `students` has a module for the name of each assignment; no two of them may change the same, see `clash`.  What an
    assignment needs otherwise than in `config`, and the steps by default, is in its SETTINGS and STEPS among the seams.
    An exception of a student's function is not caught.
    """
    config = replace(config, **{name: value for student in students for name, value in settings_of(student).items()})
    changes = [change for name, module in students.items() for change in changes_of(name, module)]
    batches = Batches(load_dataset(config.source, None, config.size), config.batch_size, config.seed)
    total = min(steps or max(steps_of(name, STEPS) for name in students), len(batches))
    expected = Counter[str]()
    for name, module in students.items():  # how often the engine would be called in its place, all others being there
        mine = changes_of(name, module)
        kept = [c for other in students if other != name for c in changes_of(other, students[other])]
        counts = _count_calls(config, batches, [*kept, *_engines(mine)], total)
        expected.update({change.what: counts[change.what] for change in mine if change.what})
    distance = _distance(config, batches, changes)
    begin = time.monotonic()
    with plugged(changes) as calls, one_thread():
        run = Run(config)  # its networks and optimisers may be changed, too
        for _ in progress(islice(train(run, batches), total), total, "training with your functions"):
            pass
        yours = Counter(calls)  # of training alone, not of drawing
    images, _ = draw_samples(run, SHOWN, seed=0)
    return Outcome(images, yours, +expected, distance, time.monotonic() - begin)


def clash(students: Mapping[str, ModuleType]) -> tuple[str, str] | None:
    """Two assignments that take the same place in the training, the first two; None if there are none."""
    taken: dict[tuple[int, str], str] = {}
    for name, module in students.items():
        for owner, attribute, *_ in changes_of(name, module):
            other = taken.setdefault((id(owner), attribute), name)
            if other != name:
                return other, name
    return None


def _engines(changes: Sequence[Change]) -> list[Change]:
    """The same changes, with the engine's own functions in the places that are counted."""
    return [change._replace(new=getattr(change.owner, change.name)) if change.what else change for change in changes]


def _count_calls(config: Config, batches: Batches, changes: Sequence[Change], steps: int) -> Counter:
    """How often functions are called in so many steps: as in the first ones, after which it repeats itself."""
    real, z = _first_batch(config, batches)
    total = Counter[str]()
    with plugged(changes) as calls, one_thread():
        game = Run(config).game
        for step in range(config.d_steps):  # G learns in the last of them
            before = Counter(calls)
            game.step(Tensor(real), Tensor(z))
            times = len(range(step, steps, config.d_steps))
            total.update({what: times * (count - before[what]) for what, count in calls.items()})
    return total


def _distance(config: Config, batches: Batches, changes: Sequence[Change]) -> float | None:
    """The distance of the gradients of step 1, see Outcome."""
    engines, _ = _gradients(config, batches, _engines(changes))
    own, used = _gradients(config, batches, changes)
    largest = max(np.abs(g).max() for g in engines)
    return max(float(np.abs(a - b).max() / largest) for a, b in zip(engines, own)) if used else None


def _gradients(config: Config, batches: Batches, changes: Sequence[Change]) -> tuple[list[np.ndarray], bool]:
    """The gradients of both networks' losses at the initial weights, and whether a changed function was called."""
    real, z = _first_batch(config, batches)
    with plugged(changes) as calls, one_thread():
        game = Run(config).game
        # In float64: where a number before a ReLU is nearly 0, rounding in float32 may put it on the other side.
        for _, tensor in (*game.generator.named_tensors(), *game.discriminator.named_tensors()):
            tensor.data = tensor.data.astype(np.float64)
        fake = game.generator(Tensor(z.astype(np.float64)))
        loss = game.loss.on_real(game.judge(Tensor(real.astype(np.float64)))) + game.loss.on_fake(game.judge(fake))
        loss.backward()
        used = any(calls.values())
    parameters = [*game.generator.parameters(), *game.discriminator.parameters()]
    return [p.grad.numpy().copy() for p in parameters if p.grad is not None], used


def _first_batch(config: Config, batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """Images and noise as in step 1."""
    images, _, _ = next(iter(batches.epoch(0)))
    return scale_images(images), draw_noise(np.random.default_rng(config.seed), len(images), config.latent)
