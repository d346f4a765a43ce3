"""Programs that measure and fit the odds on a log of runs, and their tests."""
