"""The pages of money, a module a reader: a creator's earnings, a brand's funds, what staff rule on; `views` puts them together."""
