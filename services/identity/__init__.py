"""Who can sign in, and what they hold to do so."""
