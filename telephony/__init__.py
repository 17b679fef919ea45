"""The line: wire messages, playback clock, serializer, TwiML."""
