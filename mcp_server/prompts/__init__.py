"""Prompts: one file each. A file is found by being here; it bears the prompt's name."""
