"""Decode steps for CUDA: written out in few kernels, recorded once and replayed (``graphs.py``).

A step of a 7B model moves its weights in 1.5 ms on an H100, and takes forty times as long when Python sends some
1,400 kernels one by one. Everything here needs Triton, which torch brings along with CUDA; nothing is imported where
there is no GPU. Where a model or a card does not suit, ``steps.py`` says why, and the loop uses the model's own forward
pass.
"""
