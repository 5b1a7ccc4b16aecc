"""The scripts of the Makefile."""
