"""The guided way from a new clinic to its first answered call."""
