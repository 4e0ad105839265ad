"""The contract: models, queries, evidence, schema, conditions. numpy and pandas level only."""
