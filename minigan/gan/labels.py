"""How a conditional D is told the label of an image, by name.  G gets it as more input channels, whichever it is.

With "concatenation", as in the authors' code for MNIST, the label is a part of D's input, see networks.py: D can ignore
it.  With the others D sees only the image, and has to find its class in it.
"""

from collections.abc import Callable

import numpy as np

from ..nn import Conv2d, Linear, Module, init
from ..ops import concatenate
from ..tensor import Tensor
from .networks import Discriminator, check_labels


class WithLabels(Discriminator):
    """Images (N, H, W, channels) and y (N, classes) → a function of the label and of D's last features φ (N, F).

    φ is what the last layer of `discriminator`, ψ, computes its logit from; `head` is the layer for the label.
    """

    head: Module

    def __init__(self, discriminator: Discriminator, classes: int, rng: np.random.Generator):
        self.image, self.classes, self.pack = discriminator.image, classes, 1
        self.net = discriminator.net
        output = self.net.layers[-1]
        assert isinstance(output, Conv2d)
        self.features = int(np.prod(output.kernel)) * output.channels[0]

    def features_and_logit(self, images: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor]:
        """φ(x), (N, F), and ψ(φ(x)), (N,).  Raises ValueError if images or y have another shape."""
        self.check(images)
        check_labels(self, images, y)
        n, features = len(images), self.net[:-1](images)
        return features.reshape(n, self.features), self.net[-1](features).reshape(n)


class Projection(WithLabels):
    """d(x, y) = ψ(φ(x)) + v_y · φ(x), with a vector v_y for each class y.

    Miyato & Koyama 2018, arXiv:1802.05637, eq. 3: the form of ln p(x, y) / q(x, y), of real and generated images, if
    the classes given x are a softmax of φ in both.
    """

    def __init__(self, discriminator: Discriminator, classes: int, rng: np.random.Generator):
        super().__init__(discriminator, classes, rng)
        self.head = Linear(classes, self.features, bias=False, rng=rng, init=init.normal(0.0, 0.02))  # the vectors

    def forward(self, images: Tensor, y: Tensor | None = None) -> Tensor:
        features, logit = self.features_and_logit(images, y)
        assert y is not None
        return logit + (self.head(y) * features).sum(axis=1)


class Classifier(WithLabels):
    """Whether x is real, and logits of its classes: (N, 1 + classes) (AC-GAN: Odena et al. 2017, arXiv:1610.09585).

    `Game` adds the cross-entropy of the classes to both losses, for D of real images only, so that G has to draw images
    that D, as it learned from real ones, takes for the class.
    """

    def __init__(self, discriminator: Discriminator, classes: int, rng: np.random.Generator):
        super().__init__(discriminator, classes, rng)
        self.head = Linear(self.features, classes, rng=rng, init=init.normal(0.0, 0.02))

    def forward(self, images: Tensor, y: Tensor | None = None) -> Tensor:
        features, logit = self.features_and_logit(images, y)
        return concatenate([logit.reshape(-1, 1), self.head(features)])


CONCATENATION = "concatenation"
LABELS: dict[str, Callable[[Discriminator, int, np.random.Generator], Discriminator]] = {
    CONCATENATION: lambda discriminator, classes, rng: discriminator,
    "projection": Projection,
    "classifier": Classifier,
}
