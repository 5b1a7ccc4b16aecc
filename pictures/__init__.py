"""The README's pictures, made from real runs: `make pictures`."""
