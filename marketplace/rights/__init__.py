"""Usage rights: who may use which piece how, where and until when.

Nouns: Licence (one per deal), Grant (a use, territory, length and price from the signed terms),
Window (a grant on a published piece, with its first and last day). Relies on contracts and
content; answers one question and changes nothing else.
"""
