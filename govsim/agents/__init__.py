"""Who acts in the model, as Mesa agents: residents (rows of columns) and institutions (ordinary agents)."""
