"""GAN losses, by name: functions of D's logits d, where σ(d) is D's probability that an image is real.

To add a loss, write a subclass of `Loss` and add it to LOSSES.
"""

from ..ops import softplus
from ..tensor import Tensor


class Loss:
    """Each method takes logits (N,) and returns the mean loss over the batch, a Tensor of shape ().

    D minimises `on_real` + `on_fake`, for separate batches of real and generated images; G minimises `for_generator`.
    """

    def on_real(self, logits: Tensor) -> Tensor:
        """D's loss, from its logits for real images."""
        raise NotImplementedError

    def on_fake(self, logits: Tensor) -> Tensor:
        """D's loss, from its logits for generated images."""
        raise NotImplementedError

    def for_generator(self, logits: Tensor) -> Tensor:
        """G's loss, from D's logits for generated images."""
        raise NotImplementedError


class NonSaturating(Loss):
    """D: softplus(−d(x)) + softplus(d(G(z)))        G: softplus(−d(G(z))) = −ln σ(d(G(z)))

    DCGAN's loss.  G maximises ln D(G(z)), whose gradient is largest when D recognises the generated images
    (Goodfellow et al. 2014, arXiv:1406.2661, §3).
    """

    def on_real(self, logits: Tensor) -> Tensor:
        return softplus(-logits).mean()

    def on_fake(self, logits: Tensor) -> Tensor:
        return softplus(logits).mean()

    def for_generator(self, logits: Tensor) -> Tensor:
        return softplus(-logits).mean()


class Minimax(NonSaturating):
    """D: softplus(−d(x)) + softplus(d(G(z)))        G: −softplus(d(G(z))) = ln(1 − σ(d(G(z))))

    D maximises and G minimises the same value (Goodfellow et al. 2014, eq. 1).  The derivative of G's loss by d is
    −σ(d): it vanishes when D recognises the generated images, as at the start of training.
    """

    def for_generator(self, logits: Tensor) -> Tensor:
        return -softplus(logits).mean()


LOSSES: dict[str, type[Loss]] = {
    "non-saturating": NonSaturating,
    "minimax": Minimax,
}
