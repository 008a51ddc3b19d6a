"""Routing of consignments into trips."""
