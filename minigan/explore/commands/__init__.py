"""The doors of the experiments: each module parses, calls the experiment, and says what it wrote and found."""
