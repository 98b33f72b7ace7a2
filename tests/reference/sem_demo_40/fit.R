# lavaan's Demo.twolevel (GPL-2 or later), clusters 1 to 40: w1 -> y1 -> y2.
data <- read.csv("data.csv")
cluster <- "cluster"
missing <- "listwise"
model <- '
level: 1
  y2 ~ bw * y1
  y1 ~~ y1
level: 2
  y1 ~ a * w1
  y2 ~ bb * y1 + cp * w1
indirect_within := a * bw
contextual := a * (bb - bw)
indirect_between := a * bb
total := a * bb + cp
'
source("../sem.R")
