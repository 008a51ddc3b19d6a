"""The BeiDou gateway: lines to terminals, the journal, and the desk that reads it."""
