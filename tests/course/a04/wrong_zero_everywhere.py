# loses: leaky_relu, sigmoid, softplus, bce_with_logits, second, own
"""Zeros, and gradients that are zeros."""

STUDENT_NUMBER = 1


def sigmoid(x):
    return x * 0.0


def leaky_relu(x, slope=0.2):
    return x * 0.0


softplus = own_activation = sigmoid


def bce_with_logits(logits, target):
    return (logits * 0.0).mean()
