"""Money that banks or rulings take back: chargebacks, freezes, recoveries, and what was held too long."""
