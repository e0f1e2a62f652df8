"""Engines: token ids in, token events out. They know nothing of judging, or of who is A and who is B."""
