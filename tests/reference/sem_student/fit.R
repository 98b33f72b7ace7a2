# R package mediation (GPL-2 or later), hypothetical pupils in schools: catholic -> late -> score.
data <- read.csv("data.csv")
cluster <- "SCH_ID"
missing <- "listwise"
model <- '
level: 1
  score ~ bw * late
  late ~~ late
level: 2
  late ~ a * catholic
  score ~ bb * late + cp * catholic
indirect_within := a * bw
contextual := a * (bb - bw)
indirect_between := a * bb
total := a * bb + cp
'
source("../sem.R")
