"""What brands pay past the portal: recorded, confirmed, labelled, nowhere in the ledger."""
