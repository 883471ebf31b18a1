"""What tests share: a shop on the loopback Discord, stores, tiny real models."""
