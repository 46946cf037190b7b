"""What this is, for owners of clinics. It says only what is true of the product today."""
