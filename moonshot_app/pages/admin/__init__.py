"""What a clinic looks after."""
