"""Plays xAI's Grok Voice Agent on a local WebSocket: its shapes on the engine of another stand-in.

The agent, the audio, the turns and the responses are those of `simulator.realtime`; what a client
may send and what the server sends are Grok's own.
"""

from simulator.grok.server import GrokSimulator
from simulator.grok.session import GrokSession

__all__ = ["GrokSession", "GrokSimulator"]
