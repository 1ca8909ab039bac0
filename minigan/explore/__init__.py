"""Experiments of the paper with a trained GAN: functions, each with a command of `python -m minigan.explore`."""
