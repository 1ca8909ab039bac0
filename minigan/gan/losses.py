"""What the two players minimise, by name: functions of D's logits d, where σ(d) is how real D thinks an image is.

A loss of your own is a subclass of `Loss` and an entry in LOSSES.
"""

from ..ops import softplus
from ..tensor import Tensor


class Loss:
    """Takes logits (N,) and gives the mean over the batch, a Tensor of shape ().

    D minimises `on_real` + `on_fake`, each computed from a batch of its own; G minimises `for_generator`.
    """

    def on_real(self, logits: Tensor) -> Tensor:
        """D's loss for its logits of real images."""
        raise NotImplementedError

    def on_fake(self, logits: Tensor) -> Tensor:
        """D's loss for its logits of generated images."""
        raise NotImplementedError

    def for_generator(self, logits: Tensor) -> Tensor:
        """G's loss for D's logits of generated images."""
        raise NotImplementedError


class NonSaturating(Loss):
    """D: softplus(−d(x)) + softplus(d(G(z)))        G: softplus(−d(G(z))) = −ln σ(d(G(z)))

    G maximises the probability that D is mistaken: its gradient is largest while D is sure (Goodfellow et al. 2014,
    arXiv:1406.2661, §3).  DCGAN's loss.
    """

    def on_real(self, logits: Tensor) -> Tensor:
        return softplus(-logits).mean()

    def on_fake(self, logits: Tensor) -> Tensor:
        return softplus(logits).mean()

    def for_generator(self, logits: Tensor) -> Tensor:
        return softplus(-logits).mean()


class Minimax(NonSaturating):
    """D: softplus(−d(x)) + softplus(d(G(z)))        G: −softplus(d(G(z))) = ln(1 − σ(d(G(z))))

    One value, which D maximises and G minimises (Goodfellow et al. 2014, eq. 1).  G's gradient by d is −σ(d): it
    vanishes while D is sure that the images are generated, as it is at the beginning.
    """

    def for_generator(self, logits: Tensor) -> Tensor:
        return -softplus(logits).mean()


LOSSES: dict[str, type[Loss]] = {
    "non-saturating": NonSaturating,
    "minimax": Minimax,
}
