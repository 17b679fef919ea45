"""Behaviour of the agent, judged by Pipecat's own `pipecat eval`."""
