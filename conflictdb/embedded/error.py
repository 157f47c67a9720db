"""What goes wrong with the private cluster."""


class ClusterError(RuntimeError):
    """The private cluster cannot be used; the message says why and what to do about it."""
