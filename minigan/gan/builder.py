"""Building the networks of a run: by a function of the package, named in MODELS, or by your own function.

Your own function `build(config, rng)` returns two Modules:

    generator(z)          z (N, latent)         → images (N, H, W, channels) from −1 to 1
    discriminator(images) images (N, H, W, channels) → logits (N,)

H, W and channels (`config.shape`), latent and so on are in `config`, see `Config`; initial weights are drawn from
`rng`, a NumPy Generator.
If `config.classes` is not 0, both networks take a second argument y (N, classes), one-hot labels, see `one_hot`.
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
    """A function `build(config, rng)`, and the name under which a checkpoint stores it.

    The name is one of MODELS or, of your own, FILE.py:FUNCTION.  `source` is the text of your own: of its file or, if
    it is defined in a notebook, of the function.  `not_rebuildable` says why the networks cannot be built again, if
    they cannot, and `argument` is what the file was named by.
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
        """Generator and discriminator, with initial weights drawn from `rng`.

        Raises BadInput if your own function fails, or if its networks do not fit the configuration.
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
        """Raise BadInput unless G's images and D's logits have the right shapes; a batch of two is tried."""
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(net, Module) for net in pair)):
            raise BadInput(f"{self.name}: expected a generator and a discriminator, two Modules, got {_describe(pair)}")
        generator, discriminator = pair
        if generator is discriminator or not all(net.parameters() for net in pair):
            raise BadInput(f"{self.name}: expected two different networks, each with parameters")
        shape = config.shape
        # Attributes that the experiments read.
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
    """The builder of a model in MODELS, or your `own` as a Builder.  Raises BadInput for an unknown name."""
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
    """Generator and discriminator for `config`; the initial weights are drawn from `rng`, G's first.

    `own` is your own function or its Builder, by default that of `config.model`.  Raises BadInput as
    `Builder.networks` does, or for a model that is not in MODELS, TypeError if `own` is not callable.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor
    >>> from minigan.gan import Config, build_networks
    >>> generator, discriminator = build_networks(Config(width=8, latent=10), np.random.default_rng(0))
    >>> discriminator(generator(Tensor(np.zeros((2, 10), np.float32)))).shape
    (2,)
    """
    return find_builder(config.model, own).networks(config, rng)


def load_builder(text: str) -> Builder:
    """The builder for a value of --model: a name in MODELS, or "path/to/file.py:function", whose file is executed.

    Raises BadInput if there is no such file or function, or if executing the file fails.
    """
    if text in MODELS:
        return Builder(text, MODELS[text])
    argument, _, name = text.rpartition(":")
    path = Path(argument)
    if not argument or path.suffix != ".py" or not name.isidentifier():
        expected = f"{', '.join(MODELS)}, or your own function as path/to/file.py:function"
        raise BadInput(f"--model: expected {expected}, got {text!r}")
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--model: {path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    module = ModuleType(f"minigan_model_{path.stem}")  # a name that cannot replace another module
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look up their module there
    sys.path.insert(0, str(path.parent.resolve()))  # like a script, it may import files from its folder
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)  # the same text that the digest is computed from
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
    """Your own function as a Builder, with its source text.  Raises TypeError if it is not callable."""
    if not callable(build):
        raise TypeError(f"expected networks=build, a function (config, rng) → (G, D), got {_describe(build)}")
    name = getattr(build, "__qualname__", type(build).__name__)
    try:
        source, file = inspect.getsource(build), Path(inspect.getsourcefile(build) or "")
    except (OSError, TypeError):
        source, file = "", Path()
    in_file = file.suffix == ".py" and "ipykernel" not in str(file)
    if source and in_file:
        source = file.read_text("utf-8")  # the whole file, as in `load_builder`
    not_rebuildable = ""
    if "<" in name or not hasattr(build, "__qualname__") or getattr(build, "__closure__", None):
        not_rebuildable = f"{name} is not a function at the top level of a file or notebook"
    elif not source:
        not_rebuildable = f"the source text of {name} cannot be found"
    return Builder(f"{file.name if in_file else 'notebook'}:{name}", build, source, not_rebuildable)


def _location(error: BaseException) -> str:
    """The innermost line of the user's code in a traceback, such as "line 12, in build: "."""
    package = str(Path(__file__).parent.parent)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith((package, "<frozen"))]
    return f"line {frames[-1].lineno}, in {frames[-1].name}: " if frames else ""


def _describe(thing: object) -> str:
    """What was returned instead, for an error message."""
    return f"{len(thing)} objects" if isinstance(thing, tuple | list) else type(thing).__name__
