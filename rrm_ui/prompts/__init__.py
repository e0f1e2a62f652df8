"""Prompts: what a model is asked, as token ids, and how its verdict is read.

``families`` holds the words, ``template_file`` reads others from a file, ``chat_frame`` finds the model's own turn
markers, ``encoding`` turns both and a person's texts into ids, ``script`` follows what a row writes, ``verdict`` reads
the end of it.
"""
