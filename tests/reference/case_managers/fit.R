# Invented numbers: case managers in teams in organizations, every variance positive; the mediator is split at the case manager.
data <- read.csv("data.csv")
data$m_mean <- ave(data$m, data$case_manager)
data$m_within <- data$m - data$m_mean
predictor <- "x"
cluster <- NULL
a <- m ~ x + age + (1 | organization) + (1 | team) + (1 | case_manager)
b <- y ~ x + m_within + m_mean + age + (1 | organization) + (1 | team) + (1 | case_manager)
total <- y ~ x + age + (1 | organization) + (1 | team) + (1 | case_manager)
equations <- list(mediator = list(full = a, kept = a), outcome = list(full = b, kept = b),
                  total = list(full = total, kept = total))
source("../mixed.R")
