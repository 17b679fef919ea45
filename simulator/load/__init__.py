"""Many paced calls at once, so cheap that one core holds hundreds of callers and their model."""
