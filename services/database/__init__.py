"""The only place that opens connections, begins transactions under a context, and commits."""
