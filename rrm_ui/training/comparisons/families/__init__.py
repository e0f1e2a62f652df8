"""One file for each kind of comparison."""
