"""Goods that change vehicles at hubs, because not every vehicle gets everywhere."""
