"""Money to creators: releases, payouts and what keeps them here, their accounts at Stripe, their banks; and the platform's own fees."""
