# Errors of mediator and outcome that correlate by a known rho, in the two linear equations of the
# data `jobs` (R package mediation, GPL-2 or later):
# sur: iterated feasible generalised least squares with variances over n - 1, the estimator that
#      the documentation of mediation::medsens describes, with its delta-method limits.
# published: what medsens of mediation 4.5.1 prints (four decimals).
data <- read.csv("data.csv", stringsAsFactors = TRUE)
covariates <- "depress1 + econ_hard + sex + age + occp + marital + nonwhite + educ + income"
of_m <- as.formula(paste("job_seek ~ treat +", covariates))
of_y <- as.formula(paste("depress2 ~ treat + job_seek +", covariates))
xm <- model.matrix(of_m, data)
xy <- model.matrix(of_y, data)
n <- nrow(data)
km <- ncol(xm)
x <- rbind(cbind(xm, matrix(0, n, ncol(xy))), cbind(matrix(0, n, km), xy))
colnames(x) <- paste0("v", seq_len(ncol(x)))
y <- c(data$job_seek, data$depress2)
at <- c(which(colnames(xm) == "treat"), km + which(colnames(xy) == "job_seek"))

sur <- function(rho) {
  b <- qr.coef(qr(x), y)
  for (step in 1:2000) {
    e <- y - x %*% b
    s <- c(sd(e[1:n]), sd(e[-(1:n)]))
    w <- solve(matrix(c(s[1]^2, rho * s[1] * s[2], rho * s[1] * s[2], s[2]^2), 2))
    wx <- rbind(w[1, 1] * x[1:n, ] + w[1, 2] * x[-(1:n), ], w[2, 1] * x[1:n, ] + w[2, 2] * x[-(1:n), ])
    v <- solve(crossprod(x, wx))
    new <- v %*% crossprod(wx, y)
    if (max(abs(new - b)) < 1e-12 * max(abs(b))) break
    b <- new
  }
  b <- new
  effect <- prod(b[at])
  error <- sqrt(b[at[1]]^2 * v[at[2], at[2]] + b[at[2]]^2 * v[at[1], at[1]])
  c(a = b[at[1]], b = b[at[2]], effect = effect, low = effect + qnorm(0.025) * error,
    high = effect + qnorm(0.975) * error)
}
# The rho at which the effect is zero: that of the residuals of both equations without mediator.
rest <- lm(update(of_y, . ~ . - job_seek), data)
zero <- cor(residuals(lm(of_m, data)), residuals(rest))
r2 <- c(mediator = summary(lm(of_m, data))$r.squared, outcome = summary(lm(of_y, data))$r.squared)

text <- function(values) paste0("{", paste(sprintf('"%s": %.17g', names(values), values), collapse = ", "), "}")
rhos <- c(-0.9, -0.5, -0.3, -0.2, 0, 0.3, 0.5, 0.9)
lines <- function(f, rhos) paste(sprintf('    "%s": %s', rhos, sapply(rhos, function(r) text(f(r)))), collapse = ",\n")
writeLines(c("{", sprintf('  "zero": %.17g,', zero), sprintf('  "r_squared": %s,', text(r2)),
  '  "published": {"-0.3": 0.0064, "0": -0.0137, "0.5": -0.0507, "0.9": -0.1458},',
  '  "sur": {', lines(sur, rhos), '  }', "}"), "expected.json")
writeLines(capture.output(print(R.version.string)), "session.txt")
