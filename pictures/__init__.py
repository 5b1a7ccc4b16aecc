"""The README's pictures, which `make pictures` makes from real runs."""
