"""Comparisons whose better response is known by construction, made from a seed.

A *family* (a file in ``families/``) makes one kind of comparison; ``generate`` draws from them.
"""
