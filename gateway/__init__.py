"""The Flask gateway: validates, finds out who asks, asks one service, shows the answer. Knows contracts only."""
