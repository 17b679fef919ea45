"""The browser phone: talk to the agent from a page, with a microphone and without a number."""
