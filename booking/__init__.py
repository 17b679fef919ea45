"""The spa: treatments, openings, appointments."""
