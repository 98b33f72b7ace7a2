# lavaan: x -> m -> y with a covariate and two mediators; each mediator a single indicator of a latent
# variable, its error variance fixed to (1 - reliability) * variance (divisor n). Numbers drawn here.
suppressPackageStartupMessages({library(lavaan); library(jsonlite)})
options(digits = 17)
set.seed(11)
n <- 400
x <- rnorm(n); z <- 0.4 * x + rnorm(n)
t1 <- 0.5 * x + 0.2 * z + rnorm(n); t2 <- -0.3 * x + 0.5 * t1 + rnorm(n)
data <- data.frame(x, z, m1 = t1 + rnorm(n, 0, 0.6), m2 = t2 + rnorm(n, 0, 0.5),
                   y = 0.4 * t1 + 0.3 * t2 + 0.2 * x + 0.1 * z + rnorm(n))
write.csv(format(data, digits = 17, trim = TRUE), "data.csv", row.names = FALSE, quote = FALSE)
data <- read.csv("data.csv")
reliability <- c(m1 = 0.8, m2 = 0.7)
theta <- sapply(names(reliability), function(v) (1 - reliability[[v]]) * mean((data[[v]] - mean(data[[v]]))^2))
model <- sprintf('
  f1 =~ 1*m1
  f2 =~ 1*m2
  m1 ~~ %.17g*m1
  m2 ~~ %.17g*m2
  f1 ~ a1*x + z
  f2 ~ a2*x + z
  f1 ~~ f2
  y ~ b1*f1 + b2*f2 + cp*x + z
', theta[["m1"]], theta[["m2"]])
fit <- sem(model, data, meanstructure = TRUE, control = list(rel.tol = 1e-12))
pars <- parameterEstimates(fit)
pars <- pars[pars$label != "", c("label", "est", "se")]
write_json(list(reliability = as.list(reliability), paths = pars, session = capture.output(sessionInfo())),
           "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
