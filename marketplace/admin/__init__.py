"""The operator's own: set-up, staff pages, development pages, the demo marketplace.

Stands above every capability and may call any of them; nothing calls it.
"""
