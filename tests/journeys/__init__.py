"""Journeys: the processes of `make run`, the simulator, and Chromium. Nothing is replaced."""
