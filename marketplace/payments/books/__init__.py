"""The double-entry ledger: accounts, journals, reservations, freezes, closed months, stored balances, and what its checks see."""
