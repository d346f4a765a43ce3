"""A month of a large install in fast time, with everything going wrong that goes wrong: `make soak`."""
