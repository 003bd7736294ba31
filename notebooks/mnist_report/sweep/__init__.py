"""Batches of runs: the sweep file's contract, its engine, the comparison."""
