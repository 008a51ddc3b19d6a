"""Allocation: what goes from which stock to whom, and how good any plan could be at best."""
