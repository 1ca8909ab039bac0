"""The differentiable operations, grouped in files by kind."""

from .activation import leaky_relu, log_softmax, relu, sigmoid, softmax, softplus, tanh
from .arrangement import amax, concatenate, insert_zeros, pad, upsample_nearest
from .composed import amin, clip, flatten, minimum, squeeze, stack, var
from .convolution import conv2d, conv2d_by_windows, conv_transpose2d, conv_transpose2d_by_zero_insertion
from .elementwise import absolute, exp, log, maximum, sqrt, where
from .layer_functions import dropout, embedding, group_norm, instance_norm, layer_norm, resize_bilinear
from .loss import bce_with_logits, cross_entropy, l1, mse
from .methods import METHODS as METHODS
from .normalization import add_bias, batch_norm, normalize
from .pooling import avg_pool2d, global_avg_pool2d, max_pool2d

__all__ = [
    "absolute", "add_bias", "amax", "amin", "avg_pool2d", "batch_norm", "bce_with_logits", "clip", "concatenate",
    "conv2d", "conv2d_by_windows", "conv_transpose2d", "conv_transpose2d_by_zero_insertion", "cross_entropy", "dropout",
    "embedding", "exp", "flatten", "global_avg_pool2d", "group_norm", "insert_zeros", "instance_norm", "l1",
    "layer_norm", "leaky_relu", "log", "log_softmax", "max_pool2d", "maximum", "minimum", "mse", "normalize", "pad",
    "relu", "resize_bilinear", "sigmoid", "softmax", "softplus", "sqrt", "squeeze", "stack", "tanh", "upsample_nearest",
    "var", "where",
]  # fmt: skip
