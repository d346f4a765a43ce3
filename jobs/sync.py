"""Jobs of sync."""
