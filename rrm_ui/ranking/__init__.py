"""More than two responses to one query: which pairs to judge, and what their outcomes say together.

Everything but ``tournament`` (which judges) is pure: indices of responses in, pairs, ratings and orders out.
"""
