"""The dataset's commands, one module each."""
