"""Resources: one file each. A file is found by being here; it bears the resource's name."""
