# Fits one latent case with lavaan and writes expected.csv at full precision.
# A case's fit.R defines `model` (labels a*, b*, c and `total`), `data` and `clusters`.
# Information is observed in all variants. "classical" takes rows as independent; "robust_<cluster>"
# is lavaan's sandwich by that cluster (MLR), with its factor C / (C - 1) for C clusters.
suppressPackageStartupMessages(library(lavaan))
# nlminb stops short, in one case by 1e-6 in a path: Newton's steps on lavaan's own gradient and
# observed information go on from there, and lavaan then evaluates the fit at that point.
sem_quietly <- function(...) {
  suppressWarnings(sem(model, data, meanstructure = TRUE, fixed.x = TRUE,
                       optim.force.converged = TRUE, ...))
}
fit_tight <- function(...) {
  fit <- sem_quietly(control = list(rel.tol = 1e-14, iter.max = 10000), ...)
  for (step in 1:5) {
    table <- parTable(fit)
    free <- table$free > 0
    move <- solve(lavInspect(fit, "information.observed"), lavInspect(fit, "gradient"))
    start <- table[, c("lhs", "op", "rhs", "est")]
    start$est[free] <- start$est[free] - move[table$free[free]]
    fit <- sem_quietly(start = start, optim.method = "none", ...)
  }
  stopifnot(max(abs(move)) < 1e-9)
  fit
}
rows <- list()
add <- function(variant, lhs, op, rhs, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(variant, lhs, op, rhs, quantity,
                                          value = format(value, digits = 17))
}
record <- function(variant, fit) {
  table <- parameterEstimates(fit, rsquare = FALSE)
  standard <- standardizedSolution(fit, type = "std.all")
  for (k in seq_len(nrow(table))) {
    row <- table[k, ]
    if (row$op == "~1") next
    add(variant, row$lhs, row$op, row$rhs, "estimate", row$est)
    add(variant, row$lhs, row$op, row$rhs, "std_error", row$se)
    same <- standard$lhs == row$lhs & standard$op == row$op & standard$rhs == row$rhs
    if (row$op == ":=" || sum(same) != 1) next
    add(variant, row$lhs, row$op, row$rhs, "standardized", standard$est.std[same])
    add(variant, row$lhs, row$op, row$rhs, "standardized_std_error", standard$se[same])
  }
}
classical <- fit_tight(estimator = "ML", information = "observed")
record("classical", classical)
names <- c("logl", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "srmr", "aic", "bic", "npar")
for (name in names) add("classical", "", "", "", name, fitMeasures(classical, name)[[1]])
for (cluster in clusters) {
  robust <- fit_tight(estimator = "MLR", cluster = cluster)
  record(paste0("robust_", cluster), robust)
  scaled <- c("chisq.scaled", "pvalue.scaled", "chisq.scaling.factor")
  for (name in scaled) {
    add(paste0("robust_", cluster), "", "", "", name, fitMeasures(robust, name)[[1]])
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("lavaan", packageVersion("lavaan"))), "session.txt")
