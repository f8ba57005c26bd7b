"""Published numbers at the terminal: the scorecard, and where a number comes from."""
