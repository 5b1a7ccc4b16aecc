"""The construct: one DynamoDB table behind one REST API, with nothing between them.

Everything that CloudFormation receives is in this package.
"""

from atomic_counter.counter.construct import AtomicCounter

__all__ = ["AtomicCounter"]
