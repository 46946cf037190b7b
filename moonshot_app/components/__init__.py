"""Parts that pages are made of. Their looks are in assets/look.css."""
