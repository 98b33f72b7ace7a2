# lavaan's Demo.twolevel (GPL-2 or later), clusters 1 to 20: w1 -> y1 -> y2.
data <- read.csv("data.csv")
data$m_mean <- ave(data$y1, data$cluster)
data$m_within <- data$y1 - data$m_mean
predictor <- "w1"
cluster <- "cluster"
a <- y1 ~ w1 + (1 | cluster)
b <- y2 ~ w1 + m_within + m_mean + (1 | cluster)
total <- y2 ~ w1 + (1 | cluster)
equations <- list(mediator = list(full = a, kept = a), outcome = list(full = b, kept = b),
                  total = list(full = total, kept = total))
source("../mixed.R")
