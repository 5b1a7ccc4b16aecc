"""Programs that use the counter, which the documentation quotes."""
