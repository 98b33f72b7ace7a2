# lavaan's Demo.twolevel (in ../demo_twolevel): w1 -> y1 -> y2. Error variances of y1 fixed within and between,
# as a two-level model with single indicators, and as a regression on deviations and means (rows as independent).
suppressPackageStartupMessages({library(lavaan); library(jsonlite)})
options(digits = 17)
data <- read.csv("../demo_twolevel/data.csv")
exact <- list(rel.tol = 1e-12)
theta <- c(within = 0.3, between = 0.15)
model <- sprintf('
level: 1
  fw =~ 1*y1
  y1 ~~ %.17g*y1
  y2 ~ bw*fw
level: 2
  fb =~ 1*y1
  y1 ~~ %.17g*y1
  fb ~ a*w1
  y2 ~ bb*fb + cp*w1
', theta[["within"]], theta[["between"]])
two <- sem(model, data, cluster = "cluster", baseline = FALSE)
# lavaan's optimiser stops short of the maximum: Newton steps with its own gradient and Hessian go on.
at_values <- function(fit, values) {
  table <- parTable(fit); free <- table$free > 0
  table$est[free] <- values[table$free[free]]
  table$start <- table$est; table$se <- NULL
  suppressWarnings(sem(table, data, cluster = "cluster", baseline = FALSE, optim.method = "none",
                       optim.force.converged = TRUE))
}
for (i in 1:20) {
  step <- solve(lavInspect(two, "hessian"), as.numeric(lavInspect(two, "gradient")))
  if (max(abs(step)) < 1e-11) break
  two <- at_values(two, coef(two) - step)
}
# The same with the reliabilities known in place of the error variances: standard errors are to be compared.
first <- parTable(two)
value <- function(lhs, op, rhs, level) first$est[first$lhs == lhs & first$op == op & first$rhs == rhs & first$level == level]
spread <- var(tapply(data$w1, data$cluster, mean)) * (1 - 1 / length(unique(data$cluster)))
true <- c(value("fw", "~~", "fw", 1), value("fb", "~~", "fb", 2) + value("fb", "~", "w1", 2)^2 * spread)
model <- sprintf('
level: 1
  fw =~ 1*y1
  y1 ~~ tw*y1
  fw ~~ pw*fw
  y2 ~ bw*fw
level: 2
  fb =~ 1*y1
  y1 ~~ tb*y1
  fb ~~ pb*fb
  fb ~ a*w1
  y2 ~ bb*fb + cp*w1
tw == %.17g * pw
tb == %.17g * (pb + a^2 * %.17g)
', theta[["within"]] / true[1], theta[["between"]] / true[2], spread)
known <- sem(model, data, cluster = "cluster", baseline = FALSE)
data$mean <- ave(data$y1, data$cluster)
data$deviation <- data$y1 - data$mean
sizes <- table(data$cluster)
n <- nrow(data); J <- length(sizes)
# Mean over rows of the error variance of deviation and mean.
of_deviation <- theta[["within"]] * (n - J) / n
of_mean <- theta[["between"]] + theta[["within"]] * J / n
model <- sprintf('
  fd =~ 1*deviation
  fm =~ 1*mean
  deviation ~~ %.17g*deviation
  mean ~~ %.17g*mean
  fd ~~ 0*fm + 0*w1
  fm ~ w1
  y2 ~ bw*fd + bb*fm + cp*w1
', of_deviation, of_mean)
rows <- sem(model, data, control = exact)
labelled <- function(fit) { p <- parameterEstimates(fit); p[p$label != "", c("label", "est", "se")] }
write_json(list(theta = as.list(theta), two_level = labelled(two),
                known_reliability = labelled(known), rows = labelled(rows),
                session = capture.output(sessionInfo())),
           "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
