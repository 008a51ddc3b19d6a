"""Sizing of reserves before the disaster."""
