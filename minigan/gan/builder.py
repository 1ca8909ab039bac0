"""Who builds the networks of a run: a function of the package, by its name in MODELS, or your own.

Your own is a function `build(config, rng)` that gives two Modules:

    generator(z)          z (N, latent)         → images (N, S, S, channels) from −1 to 1
    discriminator(images) images (N, S, S, channels) → logits (N,)

S, channels, latent, and so on are in `config`, see `Config`; weights are drawn from `rng`, a NumPy Generator.  With
`config.classes` both take a second argument y (N, classes), the labels as `one_hot` gives them.
"""

import hashlib
import inspect
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from ..nn import Module, inference
from ..tensor import Tensor
from .config import Config
from .models import MODELS, Build, Network


class Builder(NamedTuple):
    """`build(config, rng)`, and by what name a checkpoint remembers it.

    The name is one of MODELS or, of your own, FILE.py:FUNCTION.  `source` is the text of your own: of its file or, if
    it is defined in a notebook, of the function.  `obstacle` says why the networks cannot be built again, if they
    cannot, and `place` is what the file was named by.
    """

    name: str
    build: Build
    source: str = ""
    not_rebuildable: str = ""
    argument: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the source text of your own builder; empty for those of the package."""
        return hashlib.sha256(self.source.encode()).hexdigest() if self.source else ""

    def networks(self, config: Config, rng: np.random.Generator) -> tuple[Network, Network]:
        """Generator and discriminator, their weights drawn from `rng`.

        Raises BadInput if your own function fails, or gives something that does not fit the configuration.
        """
        if self.name in MODELS:
            return self.build(config, rng)
        try:
            pair = self.build(config, rng)
            self._check(config, pair)
        except BadInput:
            raise
        except Exception as error:
            raise BadInput(f"{self.name}: {_location(error)}{type(error).__name__}: {error}") from error
        return pair

    def _check(self, config: Config, pair: object) -> None:
        """Raise BadInput unless the pair draws, and judges, images as the configuration says; two are tried."""
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(net, Module) for net in pair)):
            raise BadInput(f"{self.name}: expected a generator and a discriminator, two Modules, got {_describe(pair)}")
        generator, discriminator = pair
        if generator is discriminator or not all(net.parameters() for net in pair):
            raise BadInput(f"{self.name}: expected two networks, each with parameters of its own")
        shape = config.image_size, config.image_size, config.channels
        # What experiments ask of a network, if it does not say so itself.
        for net, known in ((generator, {"latent": config.latent}), (discriminator, {"image": shape})):
            for name, value in {**known, "classes": config.classes}.items():
                if not hasattr(net, name):
                    setattr(net, name, value)
        dtype = generator.parameters()[0].dtype
        y = [Tensor(np.eye(2, config.classes, dtype=dtype))] if config.classes else []
        with inference(generator), inference(discriminator):
            images = generator(Tensor(np.zeros((2, config.latent), dtype)), *y)
            if images.shape != (2, *shape):
                raise BadInput(f"{self.name}: expected images of shape {(2, *shape)} from G, got {images.shape}")
            logits = discriminator(images, *y)
            if logits.shape != (2,):
                raise BadInput(f"{self.name}: expected 2 logits, of shape (2,), from D, got {logits.shape}")


def find_builder(model: str, own: "Builder | Build | None" = None) -> Builder:
    """The builder of a model, or your own; raises BadInput for a name of neither."""
    if isinstance(own, Builder):
        return own
    if own is not None:
        return builder_of(own)
    if model not in MODELS:
        raise BadInput(
            f"the networks are built by {model}, which is not in the package: name its file, --model path/to/{model} "
            "(or the function, networks=…)"
        )
    return Builder(model, MODELS[model])


def build_networks(
    config: Config, rng: np.random.Generator, own: Builder | Build | None = None
) -> tuple[Network, Network]:
    """Generator and discriminator as `config` asks for them, their weights drawn from `rng`, G's first."""
    return find_builder(config.model, own).networks(config, rng)


def load_builder(text: str) -> Builder:
    """The function that "path/to/file.py:function" names, whose file is executed; or a name in MODELS.

    Raises BadInput if there is no such file or function, or if the file fails.
    """
    if text in MODELS:
        return Builder(text, MODELS[text])
    argument, _, name = text.rpartition(":")
    path = Path(argument)
    if not argument or path.suffix != ".py" or not name.isidentifier():
        expected = f"{', '.join(MODELS)}, or your own as path/to/file.py:function"
        raise BadInput(f"--model: expected {expected}, got {text!r}")
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--model: {path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    module = ModuleType(f"minigan_model_{path.stem}")  # a name that hides no other module
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look there for what is defined in it
    sys.path.insert(0, str(path.parent.resolve()))  # it may import what lies beside it, as a script may
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)  # the text that the digest is of
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise BadInput(f"--model: {path}: {_location(error)}{type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    build = getattr(module, name, None)
    if not callable(build):
        raise BadInput(f"--model: {path} defines no function {name!r}")
    return Builder(f"{path.name}:{name}", build, source, argument=text)


def builder_of(build: Build) -> Builder:
    """Your own function, as a builder: with its source text and, if it could not be built again, the reason."""
    if not callable(build):
        raise TypeError(f"expected networks=build, a function (config, rng) → (G, D), got {_describe(build)}")
    name = getattr(build, "__qualname__", type(build).__name__)
    try:
        source, file = inspect.getsource(build), Path(inspect.getsourcefile(build) or "")
    except (OSError, TypeError):
        source, file = "", Path()
    in_file = file.suffix == ".py" and "ipykernel" not in str(file)
    if source and in_file:
        source = file.read_text("utf-8")  # as `load_builder` reads it
    not_rebuildable = ""
    if "<" in name or not hasattr(build, "__qualname__") or getattr(build, "__closure__", None):
        not_rebuildable = f"{name} is no function by itself, at the top level of a file or notebook"
    elif not source:
        not_rebuildable = f"the source text of {name} cannot be found"
    return Builder(f"{file.name if in_file else 'notebook'}:{name}", build, source, not_rebuildable)


def _location(error: BaseException) -> str:
    """The last line of the user's code that an error passed, as "line 12, in build: "."""
    package = str(Path(__file__).parent.parent)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith((package, "<frozen"))]
    return f"line {frames[-1].lineno}, in {frames[-1].name}: " if frames else ""


def _describe(thing: object) -> str:
    return f"{len(thing)} things" if isinstance(thing, tuple | list) else type(thing).__name__
