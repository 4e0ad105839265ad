"""Function classes: what a model computes, apart from what it is trained for."""
