# 9,679 pupils of 568 schools; the rows are those of the case `student`.
data <- read.csv("../student/data.csv")
data$m_mean <- ave(data$late, data$school)
data$m_within <- data$late - data$m_mean
cluster <- "school"
equations <- list(mediator = late ~ catholic, outcome = score ~ catholic + m_within + m_mean,
                  total = score ~ catholic)
source("../ols.R")
