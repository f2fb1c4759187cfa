"""What Stripe says against what the books say: messages, movements and differences."""
