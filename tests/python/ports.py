"""Ports of endpoints: the default client remembers who refused its key, so none stands where another stood before."""

_had: set[int] = set()


def is_new(port: int) -> bool:
    """The first time that it is asked."""
    if port in _had:
        return False
    _had.add(port)
    return True
