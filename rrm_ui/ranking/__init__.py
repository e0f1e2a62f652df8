"""More than two responses to one query: which pairs to judge, and what their outcomes say together.

Ratings, methods and standings are pure: indices of responses in, pairs, ratings and orders out. ``tournament`` and
``playing`` judge; ``many`` and ``record`` do so for files.
"""
