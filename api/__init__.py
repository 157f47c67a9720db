"""How the world reads the dataset: serializers, filters, views, paging, errors and the contract. Owns no model."""
