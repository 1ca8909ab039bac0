"""GAN losses, by name: functions of D's outputs d, which for most losses are logits: σ(d) is D's probability of "real".

To add a loss, write a subclass of `Loss` and add it to LOSSES.
"""

from math import log

from ..ops import clip, relu, sigmoid, softplus
from ..tensor import Tensor


class Loss:
    """Each method takes D's outputs (N,) and returns the mean loss over the batch, a Tensor of shape ().

    D minimises `on_real` + `on_fake`, for separate batches of real and generated images; G minimises `for_generator`.

    With `smoothing` α, D's target for real images is 1 − α instead of 1 (one-sided label smoothing: Salimans et al.
    2016, arXiv:1606.03498, §3.4).  Raises ValueError for a loss without targets.
    """

    has_targets = False

    def __init__(self, smoothing: float = 0.0):
        if smoothing and not self.has_targets:
            raise ValueError(f"{type(self).__name__} has no targets to smooth")
        self.smoothing = smoothing

    def on_real(self, outputs: Tensor) -> Tensor:
        """D's loss, from its outputs for real images."""
        raise NotImplementedError

    def on_fake(self, outputs: Tensor) -> Tensor:
        """D's loss, from its outputs for generated images."""
        raise NotImplementedError

    def for_generator(self, outputs: Tensor) -> Tensor:
        """G's loss, from D's outputs for generated images."""
        raise NotImplementedError

    def reading(self, outputs: Tensor) -> Tensor:
        """How "real" the images look to D, from 0 to 1, for curves: the probability σ(d), unless d is no logit."""
        return sigmoid(outputs)

    def extent(self) -> tuple[float, float] | None:
        """D's loss where it is always right and sure of it, and the least where it cannot tell the images apart.

        None for a loss without a lowest value.
        """
        return None


class PairedLoss(Loss):
    """A loss of pairs: a real and a generated image, each from its own batch, in the order of the batches."""

    def on_pairs(self, real: Tensor, fake: Tensor) -> Tensor:
        """D's loss, from its outputs for real and for generated images."""
        raise NotImplementedError

    def for_generator_of_pairs(self, fake: Tensor, real: Tensor) -> Tensor:
        """G's loss, from D's outputs for generated and for real images."""
        raise NotImplementedError


class NonSaturating(Loss):
    """D: softplus(−d(x)) + softplus(d(G(z)))        G: softplus(−d(G(z))) = −ln σ(d(G(z)))

    DCGAN's loss.  G maximises ln D(G(z)), whose gradient is largest when D recognises the generated images
    (Goodfellow et al. 2014, arXiv:1406.2661, §3).  With smoothing α, the cross-entropy to the target 1 − α is
    (1 − α) softplus(−d) + α softplus(d) = softplus(−d) + α d.
    """

    has_targets = True

    def extent(self) -> tuple[float, float]:
        a = self.smoothing
        least = -(1 - a) * log(1 - a) - a * log(a) if a else 0.0  # at d = ln((1 − α) / α), and −∞
        p = (1 - a) / 2  # of "real", for all images
        return least, -(1 - a) * log(p) - (1 + a) * log(1 - p)

    def on_real(self, outputs: Tensor) -> Tensor:
        loss = softplus(-outputs)
        return (loss + self.smoothing * outputs if self.smoothing else loss).mean()

    def on_fake(self, outputs: Tensor) -> Tensor:
        return softplus(outputs).mean()

    def for_generator(self, outputs: Tensor) -> Tensor:
        return softplus(-outputs).mean()


class Minimax(NonSaturating):
    """D: softplus(−d(x)) + softplus(d(G(z)))        G: −softplus(d(G(z))) = ln(1 − σ(d(G(z))))

    D maximises and G minimises the same value (Goodfellow et al. 2014, eq. 1).  The derivative of G's loss by d is
    −σ(d): it vanishes when D recognises the generated images, as at the start of training.
    """

    def for_generator(self, outputs: Tensor) -> Tensor:
        return -softplus(outputs).mean()


class Hinge(Loss):
    """D: max(0, 1 − d(x)) + max(0, 1 + d(G(z)))        G: −d(G(z))

    D learns nothing more from images that it is sure of, with a margin of 1 (Lim & Ye 2017, arXiv:1705.02894, eq. 12;
    Miyato et al. 2018, arXiv:1802.05957, eq. 16 and 17).  d is a score, whose sign is D's judgement.
    """

    def extent(self) -> tuple[float, float]:
        return 0.0, 2.0

    def on_real(self, outputs: Tensor) -> Tensor:
        return relu(1.0 - outputs).mean()

    def on_fake(self, outputs: Tensor) -> Tensor:
        return relu(1.0 + outputs).mean()

    def for_generator(self, outputs: Tensor) -> Tensor:
        return -outputs.mean()


class LeastSquares(Loss):
    """D: ½ (d(x) − 1)² + ½ d(G(z))²        G: ½ (d(G(z)) − 1)²

    The targets of D's outputs are 1 for real and 0 for generated images (Mao et al. 2017, arXiv:1611.04076, eq. 9).
    G's gradient is 0 only where d is 1: images that D takes for real still move towards 1.
    """

    has_targets = True

    def extent(self) -> tuple[float, float]:
        return 0.0, (1.0 - self.smoothing) ** 2 / 4  # at d = (1 − α) / 2

    def on_real(self, outputs: Tensor) -> Tensor:
        return 0.5 * ((outputs - (1.0 - self.smoothing)) ** 2).mean()

    def on_fake(self, outputs: Tensor) -> Tensor:
        return 0.5 * (outputs**2).mean()

    def for_generator(self, outputs: Tensor) -> Tensor:
        return 0.5 * ((outputs - 1.0) ** 2).mean()

    def reading(self, outputs: Tensor) -> Tensor:
        return clip(outputs, 0.0, 1.0)


class Wasserstein(Loss):
    """D: −d(x) + d(G(z))        G: −d(G(z))

    The difference of D's means approaches the Wasserstein distance if the slope of d stays at most 1, so take it with a
    gradient penalty (Arjovsky et al. 2017, arXiv:1701.07875, eq. 2; Gulrajani et al. 2017, arXiv:1704.00028).  d is a
    score, of which only differences mean something: what the curves show as D(x) is σ(d), and no probability.
    """

    def on_real(self, outputs: Tensor) -> Tensor:
        return -outputs.mean()

    def on_fake(self, outputs: Tensor) -> Tensor:
        return outputs.mean()

    def for_generator(self, outputs: Tensor) -> Tensor:
        return -outputs.mean()


class RelativisticPairing(PairedLoss):
    """D: softplus(d(G(z)) − d(x))        G: softplus(d(x) − d(G(z)))

    D says which of two images is real, and G learns from real images too.  So G cannot satisfy D with one kind of
    images that D happens to take for real (Jolicoeur-Martineau 2019, arXiv:1807.00734; Huang et al. 2024,
    arXiv:2501.05441, eq. 2, with R1 and R2 penalties).
    """

    def extent(self) -> tuple[float, float]:
        return 0.0, log(2)

    def on_pairs(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(fake - real).mean()

    def for_generator_of_pairs(self, fake: Tensor, real: Tensor) -> Tensor:
        return softplus(real - fake).mean()


LOSSES: dict[str, type[Loss]] = {
    "non-saturating": NonSaturating,
    "minimax": Minimax,
    "hinge": Hinge,
    "least-squares": LeastSquares,
    "wasserstein": Wasserstein,
    "relativistic": RelativisticPairing,
}
