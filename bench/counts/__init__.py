"""Counts of what a request costs that do not depend on the machine's mood."""
