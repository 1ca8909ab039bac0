"""Layers, networks, initial weights, and running a network."""

from . import init
from .activations import LeakyReLU, ReLU, Sigmoid, Tanh
from .embedding import Embedding
from .inference import evaluation, inference
from .layers import BatchNorm2d, Conv2d, ConvTranspose2d, Linear, Sequential
from .module import Module, Parameter
from .norms import GroupNorm, InstanceNorm2d, LayerNorm
from .shape import (
    AvgPool2d,
    Dropout,
    Flatten,
    GlobalAveragePool2d,
    MaxPool2d,
    Rescale,
    Reshape,
    UpsampleBilinear,
    UpsampleNearest,
)
from .spectral import SpectralNorm

__all__ = [
    "AvgPool2d", "BatchNorm2d", "Conv2d", "ConvTranspose2d", "Dropout", "Embedding", "Flatten", "GlobalAveragePool2d",
    "GroupNorm", "InstanceNorm2d", "LayerNorm", "LeakyReLU", "Linear", "MaxPool2d", "Module", "Parameter", "ReLU",
    "Rescale", "Reshape", "Sequential", "Sigmoid", "SpectralNorm", "Tanh", "UpsampleBilinear", "UpsampleNearest",
    "evaluation", "inference", "init",
]  # fmt: skip
