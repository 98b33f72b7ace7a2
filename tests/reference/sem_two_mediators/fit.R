# lavaan's Demo.twolevel (GPL-2 or later), clusters 1 to 80: two mediators, x1 (client) and w2 (cluster) each in some equations.
# x1 is centred: lavaan 0.6-14 drops the within mean from the scores of clusters, so that its robust
# standard errors change with the centre of a covariate, which they must not.
data <- read.csv("data.csv")
cluster <- "cluster"
missing <- "listwise"
model <- '
level: 1
  y1 ~ x1
  y3 ~ x1
  y2 ~ b1w * y1 + b3w * y3
  y1 ~~ y3
level: 2
  y1 ~ a1 * w1
  y3 ~ a3 * w1
  y2 ~ b1 * y1 + b3 * y3 + cp * w1 + w2
  y1 ~~ y3
total := a1 * b1 + a3 * b3 + cp
'
saturated <- '
level: 1
  y1 ~ x1
  y3 ~ x1
  y2 ~ x1
  y1 ~~ y3 + y2
  y3 ~~ y2
level: 2
  y1 ~ w1 + w2
  y3 ~ w1 + w2
  y2 ~ w1 + w2
  y1 ~~ y3 + y2
  y3 ~~ y2
'
baseline <- '
level: 1
  y1 ~~ y1 + 0 * y3 + 0 * y2
  y3 ~~ y3 + 0 * y2
  y2 ~~ y2
level: 2
  y1 ~~ y1 + 0 * y3 + 0 * y2
  y3 ~~ y3 + 0 * y2
  y2 ~~ y2
'
source("../sem.R")
