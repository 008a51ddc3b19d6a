"""What might happen: events, what-ifs, ensembles and reserve studies."""
