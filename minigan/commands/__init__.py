"""The commands: each module parses its arguments, calls the library, and prints the results.

The rest of the package, the library, does not depend on them.
"""

# The command after `python -m minigan`: its module, with `main(argv)` and PROG, and a description.
COMMANDS = {
    "train": ("minigan.commands.train", "train a GAN on digits, faces, or your own pictures"),
    "sample": ("minigan.commands.sample", "draw images from a checkpoint, or from weights in the package"),
    "evaluate": ("minigan.commands.evaluate", "evaluate the samples of a trained generator, with scores and pictures"),
    "explore": (
        "minigan.commands.explore",
        "experiments of the paper with a trained GAN: walk, arithmetic, turn, …",
    ),
    "export": ("minigan.commands.export", "keep the networks of a run alone, in a small file"),
    "train-judge": ("minigan.commands.train_judge", "train a classifier of real images, to score generated ones with"),
    "cache": ("minigan.commands.cache", "list, or remove, decoded pictures that are kept on disk"),
    "course": ("minigan.commands.course", "assignments: get, check and train; for teachers release, grade, …"),
    "bench": ("minigan.bench.__main__", "time a training step, against PyTorch if it is installed"),
}
