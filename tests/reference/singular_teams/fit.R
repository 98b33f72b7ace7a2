# Invented numbers: teams add nothing to the outcome, and nothing clusters the mediator.
data <- read.csv("data.csv")
data$m_mean <- ave(data$m, data$team)
data$m_within <- data$m - data$m_mean
cluster <- NULL
a <- m ~ x + age + (1 | organization) + (1 | team)
b <- y ~ x + m_within + m_mean + age + (1 | organization) + (1 | team)
total <- y ~ x + age + (1 | organization) + (1 | team)
equations <- list(mediator = list(full = a, kept = m ~ x + age),
                  outcome = list(full = b, kept = y ~ x + m_within + m_mean + age + (1 | organization)),
                  total = list(full = total, kept = y ~ x + age + (1 | organization)))
predictor <- "x"
source("../mixed.R")
