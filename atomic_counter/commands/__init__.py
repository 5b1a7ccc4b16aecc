"""The commands: a module, or a folder, of its name for each."""
