"""Jobs of chase."""
