"""Metrics for generated images, and for the features that D has learned.  They take and return NumPy arrays."""

from .coverage import attribute_shares, class_shares, entropy_bits, kl_divergence, sure_share
from .fidelity import Fidelity, precision_recall
from .frechet import frechet_distance
from .memorisation import Memorisation, memorisation
from .neighbours import nearest, one_nn_error
from .pictures import neighbour_picture, save_shares, shares_chart
from .svm import choose_c, pooled_features, svm_error

__all__ = [
    "Fidelity", "Memorisation", "attribute_shares", "choose_c", "class_shares",
    "entropy_bits", "frechet_distance", "kl_divergence", "memorisation", "nearest", "neighbour_picture", "one_nn_error",
    "pooled_features", "precision_recall", "save_shares", "shares_chart", "sure_share", "svm_error",
]  # fmt: skip
