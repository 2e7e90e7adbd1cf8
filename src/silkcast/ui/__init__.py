"""The page shell, the shared components and the design tokens; no business words."""
