"""The commands: each module parses its arguments, calls the library, and says what it found and wrote.

The rest of the package, the library, does not depend on them.
"""

# The name that follows `python -m minigan`: the module with `main(argv)` and PROG, and what it does.
COMMANDS = {
    "train": ("minigan.commands.train", "train a GAN on digits, faces, or pictures of your own"),
    "sample": ("minigan.commands.sample", "draw images from a checkpoint, or from weights in the package"),
    "evaluate": ("minigan.commands.evaluate", "score what a trained generator draws, in numbers and pictures"),
    "explore": (
        "minigan.commands.explore",
        "what the paper does with a trained GAN: walk, arithmetic, turn, …",
    ),
    "export": ("minigan.commands.export", "keep the networks of a run alone, in a small file"),
    "train-judge": ("minigan.commands.train_judge", "train a classifier of real images, to score generated ones with"),
    "cache": ("minigan.commands.cache", "list, or remove, decoded pictures that are kept on disk"),
    "bench": ("minigan.bench.__main__", "time a training step, against PyTorch if it is installed"),
}
