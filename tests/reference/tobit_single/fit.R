# Tobit regression by survival::survreg: right-censored at 2, 40% of rows there; numbers drawn here.
suppressPackageStartupMessages({library(survival); library(jsonlite)})
options(digits = 17)
set.seed(4)
n <- 240
x <- rnorm(n, 3, 1.5)
z <- rbinom(n, 1, 0.4)
m <- round(0.4 + 0.5 * x - 0.3 * z + rnorm(n), 3)
data <- data.frame(x, z, m = pmin(m, 2))
write.csv(format(data, digits = 17, trim = TRUE), "data.csv", row.names = FALSE, quote = FALSE)
data <- read.csv("data.csv")
fit <- survreg(Surv(m, m < 2) ~ x + z, data = data, dist = "gaussian",
               control = survreg.control(rel.tolerance = 1e-14, maxiter = 100))
found <- list(coefficients = unname(coef(fit)), log_scale = log(fit$scale), covariance = unname(vcov(fit)),
              log_likelihood = as.numeric(logLik(fit)), n_at_limit = sum(data$m >= 2),
              session = capture.output(sessionInfo()))
write_json(found, "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
