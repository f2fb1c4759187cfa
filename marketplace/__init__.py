"""Goodword: every folder here is a business capability, every file is shared ground that knows nothing of it."""
