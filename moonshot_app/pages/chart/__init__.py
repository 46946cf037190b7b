"""One patient's chart, to be read."""
