"""`Config`: all settings of a training run."""

import shlex
from dataclasses import asdict, dataclass, fields
from math import inf, isfinite
from pathlib import Path
from typing import Any

from ..data import SOURCES
from ..errors import BadInput
from .ablations import RULES
from .losses import LOSSES
from .models import MODELS
from .penalties import PENALTIES


@dataclass(frozen=True)
class Config:
    """The settings of a run; the defaults are DCGAN's (Radford et al. 2016, §4), with a width for a laptop.

    The names are also those in checkpoints and, as `--batch-size` and so on, on the command line.  Raises BadInput if
    a value is not allowed.
    """

    source: str = "mnist"
    data_dir: str | None = None
    image_size: int = 28
    channels: int = 1
    flip: bool = False
    hold_out: int = 0  # number of images at the end of the data that are not used for training
    conditional: bool = False
    classes: int = 0  # number of classes if conditional, else 0
    model: str = "dcgan"  # one of MODELS, or your own function, FILE.py:FUNCTION
    hidden: bool = False  # a hidden fully connected layer at both ends, against DCGAN's rule 3, see networks.py
    ablate: str = ""  # one of RULES, DCGAN's design rules: the one to break
    loss: str = "non-saturating"  # one of LOSSES
    penalty: str = ""  # one of PENALTIES: on the slope of D
    penalty_weight: float = 0.0  # 0: the usual one
    penalty_every: int = 1  # steps between two penalties
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
        positive = "image_size", "channels", "latent", "width", "epochs", "batch_size", "lr"
        for name in (*positive, "sample_every", "penalty_every"):
            if not getattr(self, name) > 0:
                raise BadInput(f"expected {name} above 0, got {getattr(self, name)}")
        if self.batch_size < 2:
            raise BadInput("expected a batch size of at least 2, got 1: batch norm needs more than one image")
        for name in ("decay", "average", "beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise BadInput(f"expected {name} from 0 to below 1, got {getattr(self, name)}")
        for name in ("classes", "hold_out", "seed", "score_every"):
            if getattr(self, name) < 0:
                raise BadInput(f"expected {name} of 0 or more, got {getattr(self, name)}")
        if not isfinite(self.lr):
            raise BadInput(f"expected a finite lr, got {self.lr}")
        if not 0 <= self.penalty_weight < inf:
            raise BadInput(f"expected penalty_weight of 0 or more, got {self.penalty_weight}")
        if self.source not in SOURCES:
            raise BadInput(f"expected a source of {', '.join(SOURCES)}, got {self.source!r}")
        if self.model not in MODELS and ":" not in self.model:
            own = "or your own function as path/to/file.py:function"
            raise BadInput(f"expected a model: {', '.join(MODELS)}, {own}, got {self.model!r}")
        if self.loss not in LOSSES:
            raise BadInput(f"expected a loss of {', '.join(LOSSES)}, got {self.loss!r}")
        if self.penalty not in ("", *PENALTIES):
            raise BadInput(f"expected a penalty of {', '.join(PENALTIES)}, got {self.penalty!r}")
        if (self.penalty_weight or self.penalty_every != 1) and not self.penalty:
            raise BadInput(f"expected a penalty of {', '.join(PENALTIES)} for its weight or interval, got none")
        if self.ablate not in ("", *RULES):
            raise BadInput(f"expected a rule to ablate of {', '.join(RULES)}, got {self.ablate!r}")
        if self.hidden and self.model == "mlp":
            raise BadInput("expected no hidden layers with the model mlp, which has its own")
        if self.ablate and self.model != "dcgan":
            raise BadInput(f"expected no rule to ablate with the model {self.model}, got {self.ablate!r}")

    def lr_at(self, progress: float) -> float:
        """The learning rate at `progress`, 0 … 1, the share of all training steps that are done."""
        return self.lr * min(1.0, (1.0 - progress) / self.decay) if self.decay else self.lr

    def can_change_epochs(self, epochs: int, done: float) -> bool:
        """Whether a run can be changed to `epochs` in total after `done` epochs.

        It can if the learning rate would have been the same so far.
        """
        return epochs == self.epochs or done <= (1.0 - self.decay) * min(epochs, self.epochs)

    def command(self) -> str:
        """The command line that trains with these settings."""
        default = {**Config().to_dict(), **SOURCES[self.source].defaults}
        words = ["python", "-m", "minigan.train", self.source]
        folder = Path(self.data_dir).name if self.data_dir else None  # a path is private
        for name, value in {**self.to_dict(), "data_dir": folder}.items():
            if name not in ("source", "channels", "classes") and value != default[name]:
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
