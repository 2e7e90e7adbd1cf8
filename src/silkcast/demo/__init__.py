"""The simulated base: what it sells, who works there, cameras made by the program, and a crowd of viewers."""
