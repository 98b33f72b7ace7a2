# Clusters of 1 to 12 rows, a fifth of m and of y missing (invented numbers).
data <- read.csv("data.csv")
cluster <- "cluster"
missing <- "ml"
model <- '
level: 1
  y ~ bw * m
  m ~~ m
level: 2
  m ~ a * x
  y ~ bb * m + cp * x
indirect_within := a * bw
contextual := a * (bb - bw)
indirect_between := a * bb
total := a * bb + cp
'
source("../sem.R")
