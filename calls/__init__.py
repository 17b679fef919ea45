"""What happened on the phone."""
