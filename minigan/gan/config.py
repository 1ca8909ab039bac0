"""What a run is made of: all that decides its numbers."""

import shlex
from dataclasses import asdict, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any

from ..data import SOURCES
from ..errors import BadInput
from .ablations import RULES
from .losses import LOSSES
from .models import MODELS


@dataclass(frozen=True)
class Config:
    """The settings of a run; the defaults are DCGAN's (Radford et al. 2016, §4) at a width for a laptop.

    Raises BadInput where a setting makes no sense.
    """

    source: str = "mnist"
    data_dir: str | None = None
    image_size: int = 28
    channels: int = 1
    flip: bool = False
    hold_out: int = 0  # images at the end of the data that are not trained on
    conditional: bool = False
    classes: int = 0  # that the data has, if conditional
    model: str = "dcgan"  # one of MODELS, or your own, FILE.py:FUNCTION
    ablate: str = ""  # the design rule of DCGAN that is left out
    loss: str = "non-saturating"  # one of LOSSES
    latent: int = 100
    width: int = 64
    epochs: int = 5
    batch_size: int = 64
    lr: float = 2e-4
    decay: float = 0.0  # share of the training, at its end, in which lr falls linearly to 0
    average: float = 0.0  # rate of the EMA of G's weights, which draws instead of G; 0: there is none
    beta1: float = 0.5
    beta2: float = 0.999
    seed: int = 0
    sample_every: int = 1
    score_every: int = 0  # epochs between two scores; 0: none

    def __post_init__(self) -> None:
        for name in ("image_size", "channels", "latent", "width", "epochs", "batch_size", "lr", "sample_every"):
            if not getattr(self, name) > 0:
                raise BadInput(f"expected {name} above 0, got {getattr(self, name)}")
        if self.batch_size < 2:
            raise BadInput("expected a batch size of at least 2, got 1: batch norm needs others to compare with")
        for name in ("decay", "average", "beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise BadInput(f"expected {name} from 0 to below 1, got {getattr(self, name)}")
        for name in ("classes", "hold_out", "seed", "score_every"):
            if getattr(self, name) < 0:
                raise BadInput(f"expected {name} of 0 or more, got {getattr(self, name)}")
        if not isfinite(self.lr):
            raise BadInput(f"expected a finite lr, got {self.lr}")
        if self.source not in SOURCES:
            raise BadInput(f"expected a source of {', '.join(SOURCES)}, got {self.source!r}")
        if self.model not in MODELS and ":" not in self.model:
            own = "or your own as path/to/file.py:function"
            raise BadInput(f"expected a model of {', '.join(MODELS)}, {own}, got {self.model!r}")
        if self.loss not in LOSSES:
            raise BadInput(f"expected a loss of {', '.join(LOSSES)}, got {self.loss!r}")
        if self.ablate not in ("", *RULES):
            raise BadInput(f"expected a rule to ablate of {', '.join(RULES)}, got {self.ablate!r}")
        if self.ablate and self.model != "dcgan":
            raise BadInput(f"expected no rule to ablate with the model {self.model}, got {self.ablate!r}: it has none")

    def lr_at(self, progress: float) -> float:
        """The learning rate when `progress`, 0 … 1, of the training is done."""
        return self.lr * min(1.0, (1.0 - progress) / self.decay) if self.decay else self.lr

    def can_change_epochs(self, epochs: int, done: float) -> bool:
        """Whether a run of which `done` epochs are trained could have been meant to have `epochs`: its learning rate
        would have been the same so far."""
        return epochs == self.epochs or done <= (1.0 - self.decay) * min(epochs, self.epochs)

    def command(self) -> str:
        """The command that trains with these settings."""
        default = {**Config().to_dict(), **SOURCES[self.source].defaults}
        words = ["python", "-m", "minigan.train", self.source]
        folder = Path(self.data_dir).name if self.data_dir else None  # a path is private
        for name, value in {**self.to_dict(), "data_dir": folder}.items():
            if name not in ("source", "channels", "classes") and value != default[name]:
                words += ["--" + name.replace("_", "-"), *([] if value is True else [str(value)])]
        return shlex.join(words)

    def to_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "Config":
        """The inverse of `to_dict`.  A setting that is missing, because it did not exist yet, has its default.

        Raises BadInput if one is unknown or of another type.
        """
        types: dict[str, Any] = {field.name: field.type for field in fields(cls)}
        if unknown := sorted(values.keys() - types.keys()):
            raise BadInput(f"unknown setting {', '.join(unknown)}: written by a later version of minigan?")
        for name, value in values.items():
            expected = int | float if types[name] is float else types[name]
            if not isinstance(value, expected) or (isinstance(value, bool) and types[name] is not bool):
                raise BadInput(f"configuration does not fit: {name} is {value!r}")
        return cls(**values)
