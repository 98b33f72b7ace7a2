"""A latent mediator: matrices, likelihood and inference of one structural equation model."""
