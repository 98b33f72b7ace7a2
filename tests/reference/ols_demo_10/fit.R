# lavaan's Demo.twolevel (GPL-2 or later), clusters 1 to 10: w1 -> y1 -> y2.
data <- read.csv("data.csv")
data$m_mean <- ave(data$y1, data$cluster)
data$m_within <- data$y1 - data$m_mean
cluster <- "cluster"
equations <- list(mediator = y1 ~ w1, outcome = y2 ~ w1 + m_within + m_mean, total = y2 ~ w1)
source("../ols.R")
