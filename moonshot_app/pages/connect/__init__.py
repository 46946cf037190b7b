"""Connecting an assistant that was given the address alone: what it asks, and what went wrong."""
