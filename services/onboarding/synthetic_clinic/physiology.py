"""How bodies answer to treatment: a level for each marker on each day."""


