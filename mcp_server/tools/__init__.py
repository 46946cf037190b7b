"""One tool a file; the file bears the tool's name, its permission stands beside it."""
