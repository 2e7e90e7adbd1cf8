"""Text as pictures and on paper: whatever script it is in, each letter from a font that has it, shaped and in order.

The fonts are whole ones, each for its scripts; a line is cut into runs of one font and one direction, and HarfBuzz
shapes and draws them. Which letters none of them has can be asked before anything is drawn.
"""
