# Invented numbers (numpy default_rng, seed 20261123): 300 clients of 14 teams in 7 organizations, a
# latent alliance with 4 parcels, fidelity constant inside teams, age of the client. The first two
# parcels share more than the alliance, so that the model does not fit.
model <- "
  alliance =~ wai_1 + wai_2 + wai_3 + wai_4
  alliance ~ a*fidelity + age
  hope ~ b*alliance + c*fidelity + age
  total := a*b + c
"
data <- read.csv("data.csv")
clusters <- c("organization", "team")
source("../latent.R")
