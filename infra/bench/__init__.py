"""Measurements, each beside what it is to be compared with, in one run: python -m infra.bench."""
