"""The pure state machine: events in, commands out."""

from braid.machine.machine import Machine

__all__ = ["Machine"]
