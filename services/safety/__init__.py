"""What may leave, and what may be kept: redaction, untrusted text, taint."""
