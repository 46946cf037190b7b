"""How a clinic begins: a sandbox with its synthetic clinic, and how far the owner has come."""
