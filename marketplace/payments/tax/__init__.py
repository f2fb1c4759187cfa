"""The tax form a payee signs before money is sent to her: which, what it must say, the sealed number."""
