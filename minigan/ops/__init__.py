"""The differentiable operations, grouped in files by kind."""

from .activation import leaky_relu, log_softmax, relu, sigmoid, softmax, softplus, tanh
from .arrangement import amax, concatenate, insert_zeros, pad, upsample_nearest
from .convolution import conv2d, conv2d_by_windows, conv_transpose2d, conv_transpose2d_by_zero_insertion
from .elementwise import absolute, exp, log, maximum, sqrt
from .loss import bce_with_logits, cross_entropy, l1, mse
from .normalization import add_bias, batch_norm, normalize
from .windows import avg_pool2d, global_avg_pool2d, max_pool2d

__all__ = [
    "absolute", "add_bias", "amax", "avg_pool2d", "batch_norm", "bce_with_logits", "concatenate", "conv2d",
    "conv2d_by_windows", "conv_transpose2d", "conv_transpose2d_by_zero_insertion", "cross_entropy", "exp",
    "global_avg_pool2d", "insert_zeros", "l1", "leaky_relu", "log", "log_softmax", "max_pool2d", "maximum", "mse",
    "normalize", "pad", "relu", "sigmoid", "softmax", "softplus", "sqrt", "tanh", "upsample_nearest",
]  # fmt: skip
