"""What there is: stock, fleet and the network that holds them."""
