"""Runs in the background: queued, bounded, each in a thread of its own; what happens goes to the event log."""
