"""The pages of the site: one file each, its route from its place."""
