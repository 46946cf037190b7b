"""What assistants propose, and what people make of it: nothing leaves here without a signature."""
