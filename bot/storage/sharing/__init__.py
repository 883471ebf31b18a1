"""How several processes share one database: who holds which shard, who works off which route."""
