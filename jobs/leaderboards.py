"""Jobs of leaderboards."""
