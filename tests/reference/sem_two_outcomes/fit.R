# lavaan's Demo.twolevel (GPL-2 or later), clusters 1 to 80: two mediators (y1, y3) and two outcomes (y2, y4) in one model.
# Residuals of the outcomes covary at both levels; x1 (client) and w2 (cluster) each enter some equations.
# x1 is centred: lavaan 0.6-14 drops the within mean from the scores of clusters, so that its robust
# standard errors change with the centre of a covariate, which they must not.
data <- read.csv("data.csv")
cluster <- "cluster"
missing <- "listwise"
model <- '
level: 1
  y1 ~ x1
  y3 ~ x1
  y2 ~ y1 + y3
  y4 ~ y1 + y3 + x1
  y1 ~~ y3
  y2 ~~ y4
level: 2
  y1 ~ a1 * w1
  y3 ~ a3 * w1
  y2 ~ b12 * y1 + b32 * y3 + cp2 * w1 + w2
  y4 ~ b14 * y1 + b34 * y3 + cp4 * w1
  y1 ~~ y3
  y2 ~~ y4
total_y2 := a1 * b12 + a3 * b32 + cp2
total_y4 := a1 * b14 + a3 * b34 + cp4
'
saturated <- '
level: 1
  y1 ~ x1
  y3 ~ x1
  y2 ~ x1
  y4 ~ x1
  y1 ~~ y3 + y2 + y4
  y3 ~~ y2 + y4
  y2 ~~ y4
level: 2
  y1 ~ w1 + w2
  y3 ~ w1 + w2
  y2 ~ w1 + w2
  y4 ~ w1 + w2
  y1 ~~ y3 + y2 + y4
  y3 ~~ y2 + y4
  y2 ~~ y4
'
baseline <- '
level: 1
  y1 ~~ y1 + 0 * y3 + 0 * y2 + 0 * y4
  y3 ~~ y3 + 0 * y2 + 0 * y4
  y2 ~~ y2 + 0 * y4
  y4 ~~ y4
level: 2
  y1 ~~ y1 + 0 * y3 + 0 * y2 + 0 * y4
  y3 ~~ y3 + 0 * y2 + 0 * y4
  y2 ~~ y2 + 0 * y4
  y4 ~~ y4
'
source("../sem.R")
