"""How good are the samples?  Measures of generated images, for arrays on the host."""

from .coverage import Coverage, attribute_shares, class_coverage, class_shares, entropy_bits
from .fidelity import Fidelity, precision_recall
from .frechet import frechet_distance
from .memorisation import Memorisation, memorisation
from .neighbours import nearest, one_nn_error
from .pictures import neighbour_picture, save_shares, shares_chart

__all__ = [
    "Coverage", "Fidelity", "Memorisation", "attribute_shares", "class_coverage", "class_shares",
    "entropy_bits", "frechet_distance", "memorisation", "nearest", "neighbour_picture", "one_nn_error",
    "precision_recall", "save_shares", "shares_chart",
]  # fmt: skip
