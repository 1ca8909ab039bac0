"""How fast is a training step?  `python -m minigan.bench`"""
