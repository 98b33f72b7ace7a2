# Invented numbers (numpy default_rng, seed 20261124): 300 clients of 14 teams, two latent mediators
# of 3 indicators, an observed one, a category, and covariates of one equation only: age is left out
# of the mediators' equations, which gives the structural part restrictions to test.
model <- "
  alliance =~ wai_1 + wai_2 + wai_3
  agency =~ agency_1 + agency_2 + agency_3
  alliance ~ a1*fidelity + gender_man + gender_woman
  agency ~ a2*fidelity + gender_man + gender_woman
  stability ~ a3*fidelity + gender_man + gender_woman
  alliance ~~ agency + stability
  agency ~~ stability
  quality ~ b1*alliance + b2*agency + b3*stability + c*fidelity + gender_man + gender_woman + age
  total := a1*b1 + a2*b2 + a3*b3 + c
"
data <- read.csv("data.csv")
data$gender_man <- as.numeric(data$gender == "man")
data$gender_woman <- as.numeric(data$gender == "woman")
clusters <- "team"
source("../latent.R")
