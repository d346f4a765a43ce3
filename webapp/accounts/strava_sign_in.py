"""Authlib's client for Strava."""

from flask import Flask

from webapp.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Register Strava with Authlib."""
