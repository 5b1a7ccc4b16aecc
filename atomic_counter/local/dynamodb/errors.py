"""The error of an engine."""


class EngineError(Exception):
    """The engine doesn't start, doesn't respond, or refuses what it is set up with."""
