"""Optimisers, learning-rate schedules, and limits on gradients."""

from . import schedules
from .clipping import clip_grad_norm
from .optimizers import SGD, Adam, AdamW, Optimizer
from .schedules import Schedule

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "Schedule", "clip_grad_norm", "schedules"]
