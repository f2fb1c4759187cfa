"""What holds money back although it could move: second approvers, limits, the wait after a change, and the gates of a payout."""
