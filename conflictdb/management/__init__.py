"""The dataset's commands."""
