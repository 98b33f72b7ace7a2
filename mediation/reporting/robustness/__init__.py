"""What could overturn the answer: one module for each part of the chapter on robustness."""
