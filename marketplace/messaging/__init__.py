"""Messages between the two sides of an application or a deal.

Nouns: Thread (one per application, kept for its deal), Message, what each person has read. Relies
on accounts. Knows rooms by id only and decides nothing about them.
"""
