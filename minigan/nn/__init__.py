"""Layers, networks, initial weights, and running a network."""

from . import init
from .inference import evaluation, inference
from .layers import BatchNorm2d, Conv2d, ConvTranspose2d, LeakyReLU, Linear, ReLU, Sequential, Sigmoid, Tanh
from .module import Module, Parameter
from .shape import GlobalAveragePool2d, MaxPool2d, Rescale, Reshape, UpsampleNearest

__all__ = [
    "BatchNorm2d", "Conv2d", "ConvTranspose2d", "GlobalAveragePool2d", "LeakyReLU", "Linear", "MaxPool2d", "Module",
    "Parameter", "ReLU", "Rescale", "Reshape", "Sequential", "Sigmoid", "Tanh", "UpsampleNearest", "evaluation",
    "inference", "init",
]  # fmt: skip
