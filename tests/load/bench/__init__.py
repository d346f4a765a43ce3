"""`make bench`: how fast the board is, how fast runs come in, how much memory an idle instance takes."""
