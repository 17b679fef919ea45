"""What is known of people: given out to them, forgotten, kept no longer than allowed."""
