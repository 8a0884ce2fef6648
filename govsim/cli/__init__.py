"""The command line, one file per verb. Heavy libraries are imported only by the verb that needs them."""
