"""Pages that show several capabilities at once: homes with their queue, the deal room, navigation.

Reads everything below it and decides nothing: every button on its pages posts to the capability
that owns the move.
"""
