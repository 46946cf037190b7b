"""How a door listens: on what a stranger may send, and how long it may take, there is a limit."""
