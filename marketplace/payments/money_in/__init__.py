"""Money from brands: cards and payments into protection, the lots it came in, what holds them, and the way back."""
