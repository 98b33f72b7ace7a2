# Invented numbers: 15 teams of 1 to 34 rows, four of them with a single row.
data <- read.csv("data.csv")
data$m_mean <- ave(data$m, data$team)
data$m_within <- data$m - data$m_mean
predictor <- "x"
cluster <- "team"
a <- m ~ x + (1 | team)
b <- y ~ x + m_within + m_mean + (1 | team)
total <- y ~ x + (1 | team)
equations <- list(mediator = list(full = a, kept = a), outcome = list(full = b, kept = b),
                  total = list(full = total, kept = total))
source("../mixed.R")
