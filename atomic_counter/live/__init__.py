"""Prove a counter in an AWS account: deploy a copy, test it, audit it, and remove it again.

`python -m atomic_counter.live --help` says how.
"""
