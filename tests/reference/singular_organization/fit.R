# Invented numbers, as nested_teams, but the organization variance of the outcome is estimated at zero.
data <- read.csv("data.csv")
data$m_mean <- ave(data$m, data$team)
data$m_within <- data$m - data$m_mean
cluster <- NULL
a <- m ~ x + age + (1 | organization) + (1 | team)
b <- y ~ x + m_within + m_mean + age + (1 | organization) + (1 | team)
total <- y ~ x + age + (1 | organization) + (1 | team)
equations <- list(mediator = list(full = a, kept = a), outcome = list(full = b, kept = y ~ x + m_within + m_mean + age + (1 | team)),
                  total = list(full = total, kept = total))
predictor <- "x"
source("../mixed.R")
