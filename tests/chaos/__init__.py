"""Failures that really happen: processes killed, servers gone, answers lost. The table says which test shows which."""
