"""Plays OpenAI Realtime (GA) on a local WebSocket: the service's rules without its model."""

from simulator.realtime.agent import Agent, CallTool, Conversation, Fail, Output, Say
from simulator.realtime.knobs import Knobs
from simulator.realtime.server import RealtimeSimulator
from simulator.realtime.session import Session

__all__ = [
    "Agent",
    "CallTool",
    "Conversation",
    "Fail",
    "Knobs",
    "Output",
    "RealtimeSimulator",
    "Say",
    "Session",
]
