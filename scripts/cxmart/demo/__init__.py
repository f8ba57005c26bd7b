"""The examples, and the made-up brand."""
