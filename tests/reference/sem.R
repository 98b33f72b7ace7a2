# Fits one case with lavaan and writes expected.csv at full precision.
# A case's fit.R defines `data`, `cluster`, `missing` ("listwise" or "ml"), `model` (lavaan syntax)
# and, if it has degrees of freedom, `saturated` and `baseline`.
#
# lavaan's optimiser stops up to 1e-3 standard errors short of the maximum, whatever its tolerance, and
# the EM algorithm of its unrestricted model up to 1e-4 in the log-likelihood. Newton steps with lavaan's
# own gradient and Hessian go on from there, for all three models; the log-likelihood at which lavaan
# itself stops is kept as "first". CFI, RMSEA and SRMR are lavaan's formulas at these maxima ("polished"),
# and what fitMeasures() prints ("printed").
suppressPackageStartupMessages(library(lavaan))
quiet <- function(...) suppressWarnings(sem(..., data = data, cluster = cluster, missing = missing))
at_values <- function(fit, values, estimator) {
  table <- parTable(fit); free <- table$free > 0
  table$est[free] <- values[table$free[free]]
  table$start <- table$est; table$se <- NULL
  quiet(table, estimator = estimator, optim.method = "none", optim.force.converged = TRUE)
}
polish <- function(fit) {
  for (i in 1:20) {
    step <- solve(lavInspect(fit, "hessian"), as.numeric(lavInspect(fit, "gradient")))
    if (max(abs(step)) < 1e-11) break
    fit <- at_values(fit, coef(fit) - step, "ML")
  }
  fit
}
# Log-likelihood of y given the covariates, from the covariance of all observed cells of a cluster:
# with missing values lavaan's own figure is off by what its EM algorithm leaves in the covariates.
dense_loglik <- function(fit) {
  implied <- lavInspect(fit, "implied")
  names(implied) <- c("within", "between")
  wn <- colnames(implied$within$cov); bn <- colnames(implied$between$cov)
  both <- intersect(wn, bn); x <- setdiff(wn, both); w <- setdiff(bn, both)
  part <- function(level, given) {
    S <- implied[[level]]$cov; m <- implied[[level]]$mean
    B <- if (length(given)) S[both, given, drop = FALSE] %*% solve(S[given, given]) else matrix(0, length(both), 0)
    list(B = B, mean = m[both] - as.numeric(B %*% m[given]),
         cov = S[both, both] - B %*% S[given, both, drop = FALSE])
  }
  W <- part("within", x); Z <- part("between", w); total <- 0
  for (rows in split(seq_len(nrow(data)), data[[cluster]])) {
    n <- length(rows)
    mu <- t(as.matrix(data[rows, x, drop = FALSE]) %*% t(W$B) + as.matrix(data[rows, w, drop = FALSE]) %*% t(Z$B)) +
      W$mean + Z$mean
    V <- kronecker(diag(n), W$cov) + kronecker(matrix(1, n, n), Z$cov)
    y <- as.numeric(t(as.matrix(data[rows, both])))
    seen <- !is.na(y); r <- (y - as.numeric(mu))[seen]; V <- V[seen, seen, drop = FALSE]
    total <- total - 0.5 * (sum(seen) * log(2 * pi) + as.numeric(determinant(V)$modulus) + sum(r * solve(V, r)))
  }
  total
}
srmr <- function(fit, other) {
  sapply(1:2, function(level) {
    ours <- lavInspect(fit, "implied")[[level]]$cov
    theirs <- lavInspect(other, "implied")[[level]]$cov[rownames(ours), rownames(ours)]
    sqrt(mean(lav_matrix_vech(cov2cor(ours) - cov2cor(theirs))^2))
  })
}
rows <- list()
add <- function(variant, level, lhs, op, rhs, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(variant, level, lhs, op, rhs, quantity,
                                          value = format(value, digits = 17))
}
measure <- function(variant, name, value) add(variant, "", "", "", "", name, value)
first <- quiet(model)
fit <- polish(first)
# lavaan 0.6-14 has no robust standard errors for two levels with missing values: it stops with an error.
fits <- list(ml = fit)
if (missing != "ml") fits$mlr <- at_values(fit, coef(fit), "MLR")
for (variant in names(fits)) {
  table <- parameterEstimates(fits[[variant]], remove.nonfree = FALSE)
  table <- table[!is.na(table$z), ]
  for (i in seq_len(nrow(table))) {
    row <- table[i, ]
    level <- if (row$level == 1) "within" else if (row$level == 2) "between" else ""
    add(variant, level, row$lhs, row$op, row$rhs, "estimate", row$est)
    add(variant, level, row$lhs, row$op, row$rhs, "std_error", row$se)
  }
}
logl <- function(fit) if (missing == "ml") dense_loglik(fit) else as.numeric(logLik(fit))
npar <- function(fit) length(coef(fit))
n <- nrow(data)
measure("first", "log_likelihood", as.numeric(logLik(first)))
measure("polished", "log_likelihood", logl(fit))
measure("polished", "n_parameters", npar(fit))
measure("polished", "aic", 2 * npar(fit) - 2 * logl(fit))
measure("polished", "bic", log(n) * npar(fit) - 2 * logl(fit))
if (exists("saturated")) {
  full <- polish(quiet(saturated)); none <- polish(quiet(baseline))
  chisq <- 2 * (logl(full) - logl(fit)); df <- npar(full) - npar(fit)
  chisq0 <- 2 * (logl(full) - logl(none)); df0 <- npar(full) - npar(none)
  measure("polished", "chi_square", chisq)
  measure("polished", "df", df)
  measure("polished", "p_value", pchisq(chisq, df, lower.tail = FALSE))
  measure("polished", "cfi", 1 - max(chisq - df, 0) / max(chisq0 - df0, chisq - df, 0))
  measure("polished", "rmsea", sqrt(max(chisq - df, 0) / (df * n)))
  both <- srmr(fit, full)
  measure("polished", "srmr_within", both[1]); measure("polished", "srmr_between", both[2])
} else full <- fit
implied <- lavInspect(full, "implied")
for (name in intersect(colnames(implied[[1]]$cov), colnames(implied[[2]]$cov))) {
  inside <- implied[[1]]$cov[name, name]; between <- implied[[2]]$cov[name, name]
  measure("polished", paste0("icc_", name), between / (between + inside))
}
# With missing values the unrestricted model of lavaan 0.6-14 ends at values far from the maximum.
if (missing != "ml") {
  printed <- c(aic = "aic", bic = "bic", chi_square = "chisq", df = "df", cfi = "cfi", rmsea = "rmsea",
               srmr_within = "srmr_within", srmr_between = "srmr_between")
  measures <- suppressWarnings(fitMeasures(fit))
  for (name in names(printed)) measure("printed", name, measures[[printed[[name]]]])
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(capture.output(print(R.version.string),
  cat("lavaan", as.character(packageVersion("lavaan")), "\n")), "session.txt")
