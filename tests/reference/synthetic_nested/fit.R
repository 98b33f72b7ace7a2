# The synthetic study of data/synthetic (invented; complete rows, alliance at 4.5 and outcome at 9 months): the predictor
# varies over time inside teams, and teams add nothing to the outcome.
data <- read.csv("data.csv")
data$m_mean <- ave(data$alliance, data$team)
data$m_within <- data$alliance - data$m_mean
predictor <- "fidelity"
cluster <- NULL
a <- alliance ~ fidelity + age + gender + tenure + calendar_months + (1 | organization) + (1 | team)
b <- quality_of_life ~ fidelity + m_within + m_mean + age + gender + tenure + calendar_months + quality_of_life_0 + (1 | organization) + (1 | team)
total <- quality_of_life ~ fidelity + age + gender + tenure + calendar_months + quality_of_life_0 + (1 | organization) + (1 | team)
equations <- list(
  mediator = list(full = a, kept = a),
  outcome = list(full = b, kept = update(b, . ~ . - (1 | team))),
  total = list(full = total, kept = update(total, . ~ . - (1 | team))))
source("../mixed.R")
