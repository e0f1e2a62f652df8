"""The recipe that makes a judge: comparisons, a cold start, reinforcement learning. Optional: nothing else needs it."""
