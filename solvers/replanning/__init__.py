"""Planning anew while trucks are on the road: keep what can be kept, change within a budget."""
