# `student` of the R package mediation (GPL-2 or later; hypothetical pupils): catholic -> late -> score.
data <- read.csv("data.csv")
data$m_mean <- ave(data$late, data$school)
data$m_within <- data$late - data$m_mean
predictor <- "catholic"
cluster <- "school"
a <- late ~ catholic + (1 | school)
b <- score ~ catholic + m_within + m_mean + (1 | school)
total <- score ~ catholic + (1 | school)
equations <- list(mediator = list(full = a, kept = a), outcome = list(full = b, kept = b),
                  total = list(full = total, kept = total))
source("../mixed.R")
