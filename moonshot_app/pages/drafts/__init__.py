"""Drafts that assistants proposed: the queue, and one of them to be edited, signed or rejected."""
