"""Faults injected on real engines while Covey works on them, and what they cost: copies, losses and leaks counted."""
