"""Unattended runs: their steps and logs, and how the warehouse is."""
