"""`make burst`: fifty events a second for a minute, and how long each run takes to its board."""
