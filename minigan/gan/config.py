"""`Config`: all settings of a training run."""

import shlex
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from math import inf, isfinite
from pathlib import Path
from typing import Any

from ..data import SOURCES, ImageDataset
from ..errors import BadInput
from ..ops.windows import Ints
from .ablations import RULES
from .labels import CONCATENATION, LABELS
from .losses import LOSSES
from .models import LEARN_ATTRIBUTES, MODELS, SETTINGS
from .networks import HIDDEN
from .normalisers import NORMALISERS
from .penalties import PENALTIES
from .views import AUGMENTATIONS

# Settings that a run can change on the way, and those that decide what its networks are.
CHANGEABLE = (
    "epochs", "lr", "d_lr", "decay", "loss", "smoothing", "penalty", "penalty_weight", "penalty_every", "augment",
    "noise", "d_steps", "sample_every", "score_every",
)  # fmt: skip
NETWORKS = (
    "model", "image_size", "image_width", "channels", "conditional", "classes", "labels", "latent", "width", "hidden",
    "hidden_units", "d_hidden_units",
    "normaliser", "pack", "ablate", "attributes", "attribute_count",
)  # fmt: skip


@dataclass(frozen=True)
class Config:
    """The settings of a run; the defaults are DCGAN's (Radford et al. 2016, §4), with a width for a laptop.

    The names are also those in checkpoints and, as `--batch-size` and so on, on the command line.  Raises BadInput if
    a value is not allowed, also together with others.

    * Data: `source`, one of SOURCES, and `data_dir`, its folder; images of `image_size` pixels and `channels` channels,
      `image_width` pixels wide if that is not 0; `flip` mirrors half of them, the last `hold_out` are not used.
    * Labels: `conditional` networks draw `classes` classes, and D is told the label as `labels`, one of LABELS, says.
    * Attributes: with `attributes`, D also learns which of `attribute_count` attributes real images have.
    * Networks: `model`, one of MODELS or your own function, FILE.py:FUNCTION; z has `latent` numbers; the largest
      feature maps have `width` channels; `hidden` adds a fully connected layer at both ends, to pixel-art only in D,
      with `hidden_units` units, in D `d_hidden_units` (0: as many);
      `normaliser`, one of NORMALISERS, is that of D's hidden layers; D judges `pack` images together; `ablate`, one of
      RULES, is broken.
    * Game: `loss`, one of LOSSES, with D's target for real images `smoothing` below 1; `penalty`, one of PENALTIES,
      with `penalty_weight` (0: the usual one), every `penalty_every` steps; `augment`, some of AUGMENTATIONS with
      commas between them; `noise`, the standard deviation of what is added to D's images at first, which falls
      linearly to 0; `d_steps` steps of D for each of G.
    * Training: `epochs`, `batch_size`, and Adam's `lr`, `beta1` and `beta2`; D's `d_lr` (0: as G's); the learning rate
      falls linearly to 0 in the last share `decay` of the steps; `average` is the decay rate of the EMA of G's weights
      (0: none); `seed` that of all random numbers.
    * Pictures: epochs between sample grids, `sample_every`, and between scores, `score_every` (0: no scores).

    Examples
    --------
    >>> from minigan.gan import Config
    >>> config = Config(source="pixel-faces", image_size=32, channels=3, width=48)
    >>> config.shape, config.latent
    ((32, 32, 3), 100)
    """

    source: str = "mnist"
    data_dir: str | None = None
    image_size: int = 28  # pixels
    image_width: int = 0  # if the images are not square: image_size is their height; 0: they are
    channels: int = 1
    flip: bool = False
    hold_out: int = 0  # number of images at the end of the data that are not used for training
    conditional: bool = False
    classes: int = 0  # number of classes if conditional, else 0
    labels: str = CONCATENATION  # one of LABELS: how D is told the label, if conditional
    attributes: bool = False  # D also learns the attributes of real images
    attribute_count: int = 0  # the number of attributes if D learns them, else 0
    model: str = "dcgan"  # one of MODELS, or your own function, FILE.py:FUNCTION
    hidden: bool = False  # a hidden fully connected layer at both ends, or in D of pixel-art, against DCGAN's rule 3
    hidden_units: int = HIDDEN  # units of the hidden fully connected layers
    d_hidden_units: int = 0  # of that in D; 0: as many as in G
    normaliser: str = "batch"  # one of NORMALISERS: of D's hidden layers
    pack: int = 1  # images that D judges together
    ablate: str = ""  # one of RULES, DCGAN's design rules: the one to break
    loss: str = "non-saturating"  # one of LOSSES
    smoothing: float = 0.0  # how far D's target for real images is below 1
    penalty: str = ""  # one of PENALTIES: on the slope of D
    penalty_weight: float = 0.0  # 0: the usual one
    penalty_every: int = 1  # steps between two penalties
    augment: str = ""  # some of AUGMENTATIONS, with commas between them: random changes of all images that D is shown
    noise: float = 0.0  # standard deviation of the noise on images that D is shown at first; it falls linearly to 0
    d_lr: float = 0.0  # D's learning rate; 0: as G's, lr
    d_steps: int = 1  # steps of D for each step of G
    latent: int = 100
    width: int = 64
    epochs: int = 5
    batch_size: int = 64
    lr: float = 2e-4
    decay: float = 0.0  # learning rate decay: the last share of the training, in which lr falls linearly to 0
    average: float = 0.0  # decay rate of the EMA of G's weights, which is used for sampling; 0: no EMA
    beta1: float = 0.5
    beta2: float = 0.999
    seed: int = 0
    sample_every: int = 1  # epochs between sample grids
    score_every: int = 0  # epochs between scores; 0: no scores

    def __post_init__(self) -> None:
        if self.image_width == self.image_size:
            object.__setattr__(self, "image_width", 0)
        self._check_numbers()
        self._check_names()
        self._check_combinations()

    def _check_numbers(self) -> None:
        positive = "image_size", "channels", "latent", "width", "hidden_units", "epochs", "batch_size", "lr"
        for name in (*positive, "sample_every", "penalty_every", "pack", "d_steps"):
            if not getattr(self, name) > 0:
                raise BadInput(f"expected {name} above 0, got {getattr(self, name)}")
        if self.batch_size < 2:
            raise BadInput("expected a batch size of at least 2, got 1: batch norm needs more than one image")
        for name in ("decay", "average", "beta1", "beta2", "smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise BadInput(f"expected {name} from 0 to below 1, got {getattr(self, name)}")
        for name in ("image_width", "classes", "attribute_count", "d_hidden_units", "hold_out", "seed", "score_every"):
            if getattr(self, name) < 0:
                raise BadInput(f"expected {name} of 0 or more, got {getattr(self, name)}")
        if not isfinite(self.lr):
            raise BadInput(f"expected a finite lr, got {self.lr}")
        for name in ("penalty_weight", "noise", "d_lr"):
            if not 0 <= getattr(self, name) < inf:
                raise BadInput(f"expected {name} of 0 or more, got {getattr(self, name)}")

    def _check_names(self) -> None:
        if self.model not in MODELS and ":" not in self.model:
            own = "or your own function as path/to/file.py:function"
            raise BadInput(f"expected a model: {', '.join(MODELS)}, {own}, got {self.model!r}")
        expected: list[tuple[str, str, Collection[str]]] = [
            ("a source", self.source, SOURCES),
            ("a normaliser", self.normaliser, NORMALISERS),
            ("a loss", self.loss, LOSSES),
            ("a way of labelling", self.labels, LABELS),
            ("a penalty", self.penalty, ("", *PENALTIES)),
            ("a rule to ablate", self.ablate, ("", *RULES)),
            *(("augmentations", name, AUGMENTATIONS) for name in self.augmentations or ["colour"]),
        ]
        for what, name, known in expected:
            if name not in known:
                raise BadInput(f"expected {what} of {', '.join(filter(None, known))}, got {name!r}")

    def _check_combinations(self) -> None:
        if (self.penalty_weight or self.penalty_every != 1) and not self.penalty:
            raise BadInput(f"expected a penalty of {', '.join(PENALTIES)} for its weight or interval, got none")
        if self.smoothing and not LOSSES[self.loss].has_targets:
            known = ", ".join(name for name, loss in LOSSES.items() if loss.has_targets)
            raise BadInput(f"expected a loss with targets that can be smoothed, {known}, got {self.loss}")
        if self.labels != CONCATENATION and not self.conditional:
            raise BadInput(f"expected conditional networks with labels {self.labels}, got others; add --conditional")
        if self.hidden and self.model not in ("dcgan", "pixel-art"):
            raise BadInput(f"expected hidden layers only with the model dcgan or pixel-art, got {self.model}")
        for name in ("hidden_units", "d_hidden_units"):
            if getattr(self, name) != getattr(Config, name) and not self.has_hidden_layers:
                raise BadInput(f"expected hidden layers for {name} {getattr(self, name)}, got none; add --hidden")
        if self.ablate and self.model != "dcgan":
            raise BadInput(f"expected no rule to ablate with the model {self.model}, got {self.ablate!r}")
        unfit = {
            f"the model {self.model}": self.model not in LEARN_ATTRIBUTES, f"ablate {self.ablate}": bool(self.ablate),
            "conditional networks": self.conditional, f"pack {self.pack}": self.pack > 1,
        }  # fmt: skip
        if self.attributes and any(unfit.values()):
            got, models = ", ".join(name for name, is_unfit in unfit.items() if is_unfit), " or ".join(LEARN_ATTRIBUTES)
            raise BadInput(f"expected attributes only with the model {models}, without labels or packs, got {got}")
        for name in ("normaliser", "pack", "labels"):
            if getattr(self, name) != getattr(Config, name) and (self.ablate or self.model != "dcgan"):
                other = f"a rule to ablate, {self.ablate}" if self.ablate else f"the model {self.model}"
                raise BadInput(f"expected {name} {getattr(Config, name)} with {other}, got {getattr(self, name)}")
        if self.pack > 1 and (self.batch_size % self.pack or self.batch_size < 2 * self.pack):
            raise BadInput(f"expected a batch size of two packs of {self.pack} images or more, got {self.batch_size}")
        if self.pack > 1 and self.classes:
            raise BadInput(f"expected pack 1 with labels, got {self.pack}: images of a pack would need the same label")

    @property
    def size(self) -> Ints:
        """The size of an image in pixels: one number if it is square, otherwise (height, width)."""
        return (self.image_size, self.image_width) if self.image_width else self.image_size

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        return self.image_size, self.image_width or self.image_size, self.channels

    @property
    def has_hidden_layers(self) -> bool:
        """Whether the networks have hidden fully connected layers: DCGAN also has them when it is conditional."""
        return self.hidden or (self.model == "dcgan" and (self.conditional or self.classes > 0))

    @property
    def units_in_d(self) -> int:
        """The number of units in a hidden fully connected layer of D."""
        return self.d_hidden_units or self.hidden_units

    @property
    def augmentations(self) -> list[str]:
        """The names in `augment`."""
        return [name.strip() for name in self.augment.split(",") if name.strip()]

    def noise_at(self, progress: float) -> float:
        """The standard deviation of the noise at `progress`, 0 … 1, the share of all training steps that are done."""
        return self.noise * (1.0 - progress)

    def lr_at(self, progress: float) -> tuple[float, float]:
        """The learning rates of G and D at `progress`, 0 … 1, the share of all training steps that are done."""
        factor = min(1.0, (1.0 - progress) / self.decay) if self.decay else 1.0
        return self.lr * factor, (self.d_lr or self.lr) * factor

    def can_change_epochs(self, epochs: int, done: float) -> bool:
        """Whether a run can be changed to `epochs` in total after `done` epochs.

        It can if the learning rate and the noise would have been the same so far.
        """
        if self.noise and done:
            return epochs == self.epochs
        return epochs == self.epochs or done <= (1.0 - self.decay) * min(epochs, self.epochs)

    def fingerprint(self, dataset: ImageDataset) -> str:
        """That of the images, with the labels or attributes that these settings use: `ImageDataset.fingerprint`."""
        return dataset.fingerprint(self.conditional, self.attributes)

    def command(self) -> str:
        """The command line that trains with these settings."""
        default = {**Config().to_dict(), **defaults_for(self.source, self.to_dict())}
        words = ["python", "-m", "minigan.train", self.source]
        folder = Path(self.data_dir).name if self.data_dir else None  # a path is private
        for name, value in {**self.to_dict(), "data_dir": folder}.items():
            if name not in ("source", "channels", "classes", "attribute_count") and value != default[name]:
                option = "--no-" if value is False else "--"
                words += [option + name.replace("_", "-"), *([] if isinstance(value, bool) else [str(value)])]
        return shlex.join(words)

    def to_dict(self) -> dict:
        """The settings by name, as JSON can represent them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "Config":
        """The inverse of `to_dict`.  Missing settings, from an earlier version of minigan, get their defaults.

        Raises BadInput if a setting is unknown or has the wrong type.
        """
        types: dict[str, Any] = {field.name: field.type for field in fields(cls)}
        if unknown := sorted(values.keys() - types.keys()):
            raise BadInput(f"unknown setting {', '.join(unknown)}: written by a later version of minigan?")
        for name, value in values.items():
            expected = int | float if types[name] is float else types[name]
            if not isinstance(value, expected) or (isinstance(value, bool) and types[name] is not bool):
                raise BadInput(f"setting of the wrong type: {name} is {value!r}")
        return cls(**values)


def defaults_for(source: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run of this source that differ from Config's defaults, when some others are `chosen`.

    Hidden layers are a default only for DCGAN with all its other rules, and for images of the source's own size.
    """
    settings = SOURCES[source].defaults
    size, width, model, ablate = (chosen.get(name) for name in ("image_size", "image_width", "model", "ablate"))
    usual = settings["image_size"]
    if (model or "dcgan") != "dcgan" or ablate or (size or usual) != usual or (width or usual) != usual:
        settings.pop("hidden", None)
    return settings | SETTINGS.get(str(model), {})
