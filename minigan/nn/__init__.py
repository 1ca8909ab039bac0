"""Layers that own weights."""

from . import init
from .layers import BatchNorm2d, Conv2d, ConvTranspose2d, LeakyReLU, Linear, ReLU, Reshape, Sequential, Sigmoid, Tanh
from .module import Module, Parameter

__all__ = [
    "BatchNorm2d", "Conv2d", "ConvTranspose2d", "LeakyReLU", "Linear", "Module", "Parameter", "ReLU", "Reshape",
    "Sequential", "Sigmoid", "Tanh", "init",
]  # fmt: skip
