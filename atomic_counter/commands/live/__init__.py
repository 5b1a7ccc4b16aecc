"""The proof in an AWS account: deploy a copy, test it, audit it, and delete it."""

from atomic_counter.commands.live.command import live

__all__ = ["live"]
