"""The wire: BeiDou sentences in, typed messages out."""
