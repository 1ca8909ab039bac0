"""Features for scoring images that have no labels to train a judge with: judges without classes.

Fréchet distances are comparable only if they are of the same features.
"""

import numpy as np

from ..errors import BadInput
from ..gan import Run
from ..gan.models import Network
from ..gan.networks import refuse_packs
from ..ops import concatenate
from ..tensor import Tensor
from .judges import Judge, body
from .svm import features_of_layers, hidden_layers


class Untrained(Judge):
    """A judge as it is before training: 128 features of random convolutions, from seed 0, the same for every run.

    It knows nothing of what matters in the images, but is no more wrong about some than about others: its distances say
    which of two generators is nearer to the data, less sharply than a trained judge's (Naeem et al. 2020,
    arXiv:2002.09797, §3.3).
    """

    what = "the features of an untrained network (random weights, seed 0)"

    def __init__(self, shape: tuple[int, int, int]):
        self.image, self.names, self.exclusive = shape, [], False
        self.body = body(shape, np.random.default_rng(0))
        self.eval()

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(images)
        return features, features[:, :0]


class OfDiscriminator(Judge):
    """The maximum of each feature map of a run's D, over all its hidden convolutions: one number for each map.

    A D looks for what its own G does wrong, so it is fair to other runs than its own.  Raises BadInput for one that is
    conditional, judges packs, or has no convolutions.
    """

    def __init__(self, run: Run, name: str):
        discriminator: Network = run.game.discriminator
        try:
            refuse_packs(discriminator)
            hidden_layers(discriminator)
        except ValueError as error:
            raise BadInput(f"--embedding: {name}: {error}") from error
        self.image, self.names, self.exclusive = discriminator.image, [], False
        self.what, self.discriminator = f"the features of the discriminator of {name}", discriminator
        self.eval()

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        found = concatenate(list(features_of_layers(hidden_layers(self.discriminator), images, grid=1)))
        return found.astype(np.float32), found[:, :0].astype(np.float32)
