"""Path diagrams: what to draw, where everything goes, and the drawing, each apart."""
