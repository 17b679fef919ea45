"""Text messages to customers: their words, and the worker that sends what is owed."""
