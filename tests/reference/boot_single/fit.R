# Bootstrap limits of an indirect effect by the R package boot: percentile, and BCa with the
# jackknife's influence values. The resamples go with the numbers, so that nothing has to be drawn
# again. Also semTools' Monte Carlo limits and lavaan's delta-method ones of the same data.
suppressMessages({library(boot); library(lavaan); library(semTools)})
n <- 60
set.seed(20)
x <- round(rnorm(n), 3)
m <- round(0.5 * x + rnorm(n) + 0.4 * rexp(n), 3)
y <- round(0.4 * m + 0.2 * x + rnorm(n), 3)
data <- data.frame(x = x, m = m, y = y)
write.csv(data, "data.csv", row.names = FALSE)

paths <- function(d, i) {
  d <- d[i, ]
  a <- coef(lm(m ~ x, d))[["x"]]
  rest <- coef(lm(y ~ x + m, d))
  c(a, rest[["m"]], rest[["x"]], a * rest[["m"]])
}
set.seed(7)
found <- boot(data, paths, R = 999)
# How often each row is in each resample.
indices <- boot.array(found, indices = TRUE)
counts <- t(apply(indices, 1, tabulate, nbins = n))
write.table(counts, "counts.csv", sep = ",", row.names = FALSE, col.names = FALSE)
# Centred at their mean, as Efron & Tibshirani (1993, eq. 14.15) do; boot leaves them at t0 - t_(i).
influence <- empinf(found, index = 4, type = "jack")
influence <- influence - mean(influence)
limits <- lapply(c(0.9, 0.95), function(conf) {
  by <- boot.ci(found, conf = conf, type = c("perc", "bca"), index = 4, L = influence)
  rbind(
    data.frame(method = "percentile", conf = conf, low = by$percent[4], high = by$percent[5]),
    data.frame(method = "bca", conf = conf, low = by$bca[4], high = by$bca[5])
  )
})

fit <- sem("m ~ a * x\n y ~ b * m + cp * x\n ab := a * b", data)
delta <- parameterEstimates(fit)
delta <- delta[delta$label == "ab", ]
set.seed(3)
mc <- monteCarloCI(fit, nRep = 1e6)
rows <- rbind(
  do.call(rbind, limits),
  data.frame(method = "delta", conf = 0.95, low = delta$ci.lower, high = delta$ci.upper),
  data.frame(method = "monte_carlo", conf = 0.95, low = mc$ci.lower, high = mc$ci.upper)
)
write.csv(format(rows, digits = 17, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
labels <- c("a", "b", "cp")
parts <- parameterEstimates(fit)
parts <- parts[match(labels, parts$label), ]
joint <- vcov(fit)[labels, labels]
values <- cbind(path = labels, format(data.frame(estimate = parts$est, joint), digits = 17))
write.csv(values, "paths.csv", row.names = FALSE, quote = FALSE)
resampled <- c(z0 = qnorm(mean(found$t[, 4] < found$t0[4])),
               acceleration = sum(influence^3) / (6 * sum(influence^2)^1.5),
               std_error = sd(found$t[, 4]), estimate = found$t0[4])
write.csv(data.frame(name = names(resampled), value = format(resampled, digits = 17)),
          "bootstrap.csv", row.names = FALSE, quote = FALSE)
writeLines(capture.output(sessionInfo()), "session.txt")
