"""What a clinic can do, whoever asks: the floor between the doors and the tables."""
