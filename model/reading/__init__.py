"""How a text is read: from what people see to what the network reads, in one way everywhere."""
