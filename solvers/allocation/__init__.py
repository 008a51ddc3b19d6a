"""Allocation of stock to needs."""
