# Invented numbers: teams of 1 to 20 rows, a covariate of clients and one of teams.
data <- read.csv("data.csv")
data$m_mean <- ave(data$alliance, data$team)
data$m_within <- data$alliance - data$m_mean
cluster <- "team"
equations <- list(mediator = alliance ~ fidelity + age + caseload,
                  outcome = quality_of_life ~ fidelity + m_within + m_mean + age + caseload,
                  total = quality_of_life ~ fidelity + age + caseload)
source("../ols.R")
