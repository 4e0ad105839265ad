"""What a network is trained for, one short loss a file; backbones say what the network is, `training` how it learns."""
