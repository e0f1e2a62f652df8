"""How good a judge is: labelled comparisons, runs over them, and what a run's votes say."""
