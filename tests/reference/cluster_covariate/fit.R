# Invented numbers: 16 teams; `rural` is constant inside teams and enters only the outcome's equations.
data <- read.csv("data.csv")
data$m_mean <- ave(data$m, data$team)
data$m_within <- data$m - data$m_mean
predictor <- "x"
cluster <- "team"
a <- m ~ x + age + (1 | team)
b <- y ~ x + m_within + m_mean + age + rural + (1 | team)
total <- y ~ x + age + rural + (1 | team)
equations <- list(mediator = list(full = a, kept = a), outcome = list(full = b, kept = b),
                  total = list(full = total, kept = total))
source("../mixed.R")
