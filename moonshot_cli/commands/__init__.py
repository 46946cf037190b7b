"""The commands of `moonshot`: one file each, with a click command named `command`."""
