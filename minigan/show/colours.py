"""The colours of all pictures, plots and vector graphics alike."""

PAPER, INK, PALE, FAINT = "#fcfbf8", "#26303a", "#8a939b", "#e3e2dd"
BLUE, RED = "#2a6f97", "#d1495b"  # forward, or positive; backward, or negative
