"""The `moonshot` command: starts, migrates, saves and examines an installation."""
