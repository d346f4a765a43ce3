"""Garbage collection in our processes: rare, and none at the end. Importing this module sets it up."""

import atexit
import gc

# The modules and tables of an application are many objects that stay. With Python's default threshold of 700 new
# objects, searching for cycles takes a seventh of the time that a process needs to start.
gc.set_threshold(50_000, 20, 20)

# A process that ends searches all of its objects for cycles. Ours has 200,000 of them, which takes a second of
# processor time, and an instance that stops waits for all its processes. The memory goes with the process anyway.
atexit.register(gc.freeze)
