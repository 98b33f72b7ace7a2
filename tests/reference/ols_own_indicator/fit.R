# Invented numbers: one team is the only one with `pilot`, so that team has leverage one in a direction.
data <- read.csv("data.csv")
data$m_mean <- ave(data$alliance, data$team)
data$m_within <- data$alliance - data$m_mean
cluster <- "team"
equations <- list(mediator = alliance ~ fidelity + age + pilot,
                  outcome = quality_of_life ~ fidelity + m_within + m_mean + age + pilot,
                  total = quality_of_life ~ fidelity + age + pilot)
source("../ols.R")
