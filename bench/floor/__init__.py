"""The floor: what a plain Django application costs that shows the same rows, on the same tables."""
