"""What the paper does with a trained GAN, each experiment a function here and a command in `minigan.explore`."""
