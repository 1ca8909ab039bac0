"""A description of networks for comparison with the paper's figures: one line per layer."""

from minigan.nn import BatchNorm2d, Conv2d, ConvTranspose2d, LeakyReLU, Module


def layers(net: Module) -> list[str]:
    """One line per layer: input and output channels, kernel, stride, padding, bias."""

    def line(layer):
        if isinstance(layer, Conv2d):
            kind = "convT" if isinstance(layer, ConvTranspose2d) else "conv"
            (k, _), (s, _), (p, _) = layer.kernel, layer.stride, layer.padding
            return f"{kind} {layer.channels[0]}→{layer.channels[1]} {k}/{s}/{p}" + " +bias" * (layer.bias is not None)
        if isinstance(layer, BatchNorm2d):
            return f"BN {layer.scale.size}"
        return f"LeakyReLU {layer.slope}" if type(layer) is LeakyReLU else type(layer).__name__

    return [line(layer) for layer in net.net.layers]
