"""The model: OpenAI Realtime in mu-law, on the GA interface."""
