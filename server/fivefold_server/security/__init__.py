"""Who may call, from where, how often: checks that stand before every route."""
