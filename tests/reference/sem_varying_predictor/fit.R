# lavaan's Demo.twolevel (GPL-2 or later), clusters 1 to 60: x1 varies inside clusters.
# x1 is centred: lavaan 0.6-14 drops the within mean from the scores of clusters, so that its robust
# standard errors change with the centre of a covariate, which they must not.
data <- read.csv("data.csv")
cluster <- "cluster"
missing <- "listwise"
model <- '
level: 1
  y1 ~ a * x1
  y2 ~ bw * y1 + cp * x1
level: 2
  y2 ~ y1
  y1 ~ 1
total := a * bw + cp
'
source("../sem.R")
