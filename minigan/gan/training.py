"""`Run`, the state of a training run; `train()`, a generator that yields after each training step; and sampling."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..arrays.backend import Array, to_device
from ..data import Batches, scale_images
from ..data.dataset import to_bytes
from ..errors import BadInput
from ..group import Group, SharedDraws
from ..nn import BatchNorm2d
from ..nn.inference import in_batches
from ..tensor import Tensor
from .builder import Builder, find_builder
from .config import Config
from .game import Game, draw_noise
from .losses import LOSSES
from .models import Build, Network
from .networks import one_hot
from .penalties import make_penalty
from .views import View

METRICS = ("d_loss", "g_loss", "d_real", "d_fake", "d_grad", "g_grad", "variety")


class Report(NamedTuple):
    """One training step: its number and its epoch, both from 1 on, and its metrics.

    `values` are in the order of METRICS: scalar arrays, still on the device.
    """

    step: int
    epoch: int
    values: tuple[Array, ...]


class Run:
    """The complete state of a training run: settings, networks, optimisers, random number generator, position.

    `epoch` and `batch` say what comes next; `step` counts the training steps taken; `fingerprint` is that of the data
    set, so that a resumed run is not fed another one, and `metrics_digest` that of the file of metrics so far.
    `computed_by` says what computed it before it was saved, see `arithmetic`; it is empty for a new run.  `history`
    has an entry for each change of settings on the way, see `change`, and for the weights it started from.  With an
    `average` in the configuration, `ema` is a second generator: its weights are the exponential moving average of the
    first one's, and it is used to draw samples.

    `networks` is your own function (config, rng) → (generator, discriminator), see builder.py; by default that of
    `config.model`.  Raises BadInput if the networks cannot be built, DeviceError if there is no such device.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan.gan import Config, Run
    >>> run = Run(Config(width=8, latent=10))
    >>> run.epoch, run.step
    (0, 0)
    >>> run.draw(np.zeros((3, 10), np.float32)).shape
    (3, 28, 28, 1)
    """

    def __init__(self, config: Config, device: str = "cpu", networks: Builder | Build | None = None):
        self.builder = find_builder(config.model, networks)
        self.config, self.device = replace(config, model=self.builder.name), device
        self.rng = np.random.default_rng(config.seed)
        generator, discriminator = self.builder.networks(self.config, self.rng)
        generator.to(device)
        discriminator.to(device)
        betas = config.beta1, config.beta2
        self.game = Game(generator, discriminator, config.lr, betas, d_lr=config.d_lr or config.lr, rng=self.rng)
        self.group: Group | None = None
        self._use_rules()
        self.ema: Network | None = None
        if config.average:
            self.ema, _ = self.builder.networks(self.config, np.random.default_rng(config.seed))  # G's initial weights
            self.ema.to(device)
        self.epoch = self.batch = self.step = 0
        self.fingerprint = self.metrics_digest = self.computed_by = ""
        self.history: list[dict[str, Any]] = []

    def join(self, group: Group) -> None:
        """From here on, train together with other processes that have the same run: each with its share of a batch.

        Raises BadInput if the batch cannot be shared equally.
        """
        batch, parts = self.config.batch_size, group.size * self.config.pack
        if batch % parts:
            packs = f" with packs of {self.config.pack}" if self.config.pack > 1 else ""
            raise BadInput(
                f"expected a batch size that {group.size} processes{packs} can share, a multiple of {parts}, got "
                f"{batch}; try --batch-size {-(-batch // parts) * parts}"
            )
        self.group = self.game.group = group
        self._use_rules()
        for network in (self.generator, self.game.discriminator):
            for layer in network.modules():
                if isinstance(layer, BatchNorm2d):
                    layer.group = group

    def _use_rules(self) -> None:
        config, game = self.config, self.game
        draws: Any = SharedDraws(self.rng, self.group) if self.group else self.rng
        game.loss = LOSSES[config.loss](config.smoothing)
        game.penalty = make_penalty(config.penalty, config.penalty_weight, config.penalty_every)
        game.rng = draws
        game.view = View(draws, config.augmentations, config.noise)
        game.d_steps = config.d_steps

    def change(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Go on with other settings from here, some of CHANGEABLE; returns those that differ.

        What decides the training from here on is recorded in `history`.  More epochs are not, if the run could have
        had them from the start.  Raises BadInput if a setting is not allowed.
        """
        if settings.get("penalty") == "":
            settings = {"penalty_weight": 0.0, "penalty_every": 1, **settings}
        changed = {name: value for name, value in settings.items() if value != getattr(self.config, name)}
        was = {name: getattr(self.config, name) for name in changed}
        done = self.epoch + (self.batch > 0)
        if "epochs" in was and self.config.can_change_epochs(changed["epochs"], done):
            del was["epochs"]
        self.config = replace(self.config, **changed)
        self._use_rules()
        for name in ("sample_every", "score_every"):
            was.pop(name, None)
        if was and self.step:
            self.history.append({"step": self.step, "was": was, "now": {name: changed[name] for name in was}})
        return {name: value for name, value in changed.items() if name in was}

    def start_from(self, old: "Run", name: str) -> None:
        """Take the weights of another run's networks, recorded in `history` by this name.

        Raises BadInput if they do not fit, or if there is no D among them.
        """
        pairs = [(self.generator, old.generator), (self.game.discriminator, old.game.discriminator)]
        pairs += [(self.ema, old.sampling_generator)] if self.ema else []
        states = [(mine, others.state_dict()) for mine, others in pairs]
        try:
            for mine, state in states:
                mine.load_state_dict(state)
        except ValueError as error:
            raise BadInput(f"{name}: its networks do not fit this data: {error}") from error
        self.history = [{"step": 0, "from": name}]

    def story(self) -> str:
        """The command that began this run, and what was changed on the way."""
        config, changes = self.config, []
        for entry in reversed(self.history):
            if "was" in entry:
                now = {name: "none" if value == "" else value for name, value in entry["now"].items()}
                words = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in now.items())
                changes.append(f"from step {entry['step']} on: {words}")
                config = replace(config, **entry["was"])
        start = "".join(f" --from {entry['from']}" for entry in self.history if "from" in entry)
        return "; ".join([config.command() + start, *reversed(changes)])

    @property
    def generator(self) -> Network:
        """The generator that is trained."""
        return self.game.generator

    @property
    def sampling_generator(self) -> Network:
        """The generator to draw samples with: the EMA if there is one."""
        return self.ema or self.generator

    def draw(self, z: np.ndarray, labels: np.ndarray | int | None = None) -> np.ndarray:
        """Images that `sampling_generator` draws from z (N, latent): bytes (N, H, W, C).

        With classes, `labels` are integers (N,), or one for all images.  Raises ValueError for one that is no class.
        """
        return to_bytes(generate(self.sampling_generator, z, labels, self.device))

    def means(self, values: Sequence[Array]) -> tuple[Array, ...]:
        """Scalars, as means over the processes of the group."""
        return tuple(self.group.mean_of_each(values)) if self.group else tuple(values)

    def update_ema(self) -> None:
        """Update the EMA of weights and running statistics: a ← decay · a + (1 − decay) · g.

        In the first steps t the decay rate is lower, (1 + t) / (10 + t), to forget the initial weights faster.  For its
        effect on GANs see Yazıcı et al. 2019, arXiv:1806.04498.
        """
        if self.ema is not None:
            ema_decay = min(self.config.average, (1 + self.step) / (10 + self.step))
            for (_, a), (_, g) in zip(self.ema.named_tensors(), self.generator.named_tensors()):
                a.data += (1.0 - ema_decay) * (g.data - a.data)


def train(run: Run, batches: Batches) -> Iterator[Report]:
    """Train until `run.config.epochs` epochs are complete; yields a Report after each step.

    Between two items `run` can be saved; a run loaded from there continues bit for bit.  If it has joined a group of
    processes, `batches` are this process' shares, see `Batches`, and the metrics are means over all of them.

    Examples
    --------
    >>> from minigan.data import Batches, load_dataset
    >>> from minigan.gan import Config, Run, train
    >>> run = Run(Config(width=2, latent=4, epochs=1, batch_size=16))
    >>> batches = Batches(load_dataset("mnist").first(48), run.config.batch_size, run.config.seed)
    >>> [report.step for report in train(run, batches)]
    [1, 2, 3]
    """
    dtype = run.generator.parameters()[0].dtype
    steps = run.config.epochs * len(batches)
    while run.epoch < run.config.epochs:
        for images, labels, attributes in batches.epoch(run.epoch, start=run.batch):
            real = Tensor(scale_images(to_device(images, run.device), dtype))
            z = draw_noise(run.rng, batches.batch_size, run.config.latent)[batches.share]
            inputs = {"z": z}
            if labels is not None and run.config.classes:
                inputs["y"] = one_hot(labels, run.config.classes)
            if attributes is not None and run.config.attribute_count:
                inputs["attributes"] = attributes
            run.game.set_lr(*run.config.lr_at(run.step / steps))
            run.game.view.noise = run.config.noise_at(run.step / steps)
            generator_learns = run.game.generators_turn
            metrics = run.game.step(
                real, **{name: Tensor(to_device(x.astype(dtype, copy=False), run.device)) for name, x in inputs.items()}
            )
            run.step, run.batch = run.step + 1, run.batch + 1
            if generator_learns:
                run.update_ema()
            epoch = run.epoch + 1
            if run.batch == len(batches):
                run.epoch, run.batch = run.epoch + 1, 0
            yield Report(run.step, epoch, run.means([metrics[name].data for name in METRICS]))


def generate(
    generator: Network,
    z: np.ndarray,
    labels: np.ndarray | int | None = None,
    device: str = "cpu",
    batch_size: int = 256,
) -> np.ndarray:
    """Images that a generator draws from z (N, latent): numbers (N, H, W, C) from −1 to 1, on the host.

    With classes, `labels` are integers (N,), or one for all images.  The generator must be on `device`; it runs in
    evaluation mode (batch norm uses running statistics), so images do not depend on others in the batch.  Raises
    ValueError for a label that is no class, or if a shape does not fit.
    """
    inputs = [z] if labels is None else [z, one_hot(np.broadcast_to(labels, len(z)), generator.classes)]
    (images,) = in_batches(generator, generator, *inputs, device=device, batch_size=batch_size)
    return images


def draw_samples(
    run: Run, count: int, seed: int | tuple[int, ...], label: int | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """`count` samples from noise with this seed: bytes (count, H, W, C), and labels (count,) if there are classes.

    The labels are 0, 1, …, classes − 1, 0, 1, … or, if `label` is given, all equal to it; without classes, None is
    returned in their place.  Raises ValueError for a label that is no class.

    Examples
    --------
    >>> from minigan.gan import draw_samples, load_run
    >>> images, labels = draw_samples(load_run("pretrained:mnist-conditional"), 12, seed=0)
    >>> images.shape, images.dtype, labels
    ((12, 28, 28, 1), dtype('uint8'), array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]))
    """
    z, labels = draw_noise(np.random.default_rng(seed), count, run.config.latent), None
    if run.config.classes:
        labels = np.arange(count) % run.config.classes if label is None else np.full(count, label)
    return run.draw(z, labels), labels
