"""Tables in: read files, catalogue sets and worlds with known truth; split them. Nothing here learns."""
