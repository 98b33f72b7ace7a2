# Invented numbers: five items of one factor at both levels, responses 1 to 7, in 40 clusters of 10
# rows ("balanced") and in 40 of 2 to 21 ("unequal"). Definitions by aov and lm, alpha by psych, omega
# by lavaan from the two covariance matrices, and what two-level models of lavaan and semTools say.
suppressMessages({library(psych); library(lavaan); library(semTools)})
items <- paste0("y", 1:5)
set.seed(5)
draw <- function(part, n_j) {
  cluster <- rep(seq_along(n_j), n_j)
  n <- sum(n_j)
  between <- outer(rnorm(length(n_j)), c(0.7, 0.6, 0.8, 0.5, 0.6)) +
    matrix(rnorm(5 * length(n_j), sd = 0.6), ncol = 5)
  within <- outer(rnorm(n), c(0.9, 0.7, 0.8, 0.6, 1.0)) + matrix(rnorm(5 * n, sd = 0.9), ncol = 5)
  y <- pmin(pmax(round(4 + between[cluster, ] + within), 1), 7)
  colnames(y) <- items
  data.frame(part = part, cluster = cluster, y)
}
data <- rbind(draw("balanced", rep(10, 40)), draw("unequal", rep(2:21, each = 2)))
write.csv(data, "data.csv", row.names = FALSE, quote = FALSE)
rows <- list()
add <- function(part, source, term, value)
  rows[[length(rows) + 1]] <<- data.frame(part, source, term, value = format(value, digits = 17))

# Definitions, with the mean squares of R's aov.
for (part in c("balanced", "unequal")) {
  here <- data[data$part == part, ]
  here$score <- rowSums(here[items])
  n_j <- as.vector(table(here$cluster))
  squares <- summary(aov(score ~ factor(cluster), here))[[1]][["Mean Sq"]]
  n0 <- (sum(n_j) - sum(n_j^2) / sum(n_j)) / (length(n_j) - 1)
  add(part, "aov", "icc1", (squares[1] - squares[2]) / (squares[1] + (n0 - 1) * squares[2]))
  add(part, "aov", "icc2", (squares[1] - squares[2]) / squares[1])
  by_group <- statsBy(here[c("score", "y1", "cluster")], "cluster")
  add(part, "psych", "icc2", by_group$ICC2[["score"]])
  # psych takes the mean size, which is right for equal ones.
  if (part == "balanced") add(part, "psych", "icc1", by_group$ICC1[["score"]])
}

# nlminb stops short: Newton's steps on lavaan's own gradient and information go on from there.
cfa_quietly <- function(...) suppressWarnings(cfa(..., std.lv = TRUE, optim.force.converged = TRUE))
fit_tight <- function(...) {
  fit <- cfa_quietly(...)
  for (step in 1:20) {
    table <- parTable(fit)
    free <- table$free > 0
    move <- solve(lavInspect(fit, "information.expected"), lavInspect(fit, "gradient"))
    start <- table[, c("lhs", "op", "rhs", "est")]
    start$est[free] <- start$est[free] - move[table$free[free]]
    fit <- cfa_quietly(..., start = start, optim.method = "none")
    if (max(abs(move)) < 1e-11) break
  }
  stopifnot(max(abs(move)) < 1e-9)
  fit
}
loadings <- paste0("l", 1:5, " * ", items, collapse = " + ")
uniquenesses <- paste0(items, " ~~ u", 1:5, " * ", items, collapse = "\n")
common <- paste0("l", 1:5, collapse = " + ")
unique <- paste0("u", 1:5, collapse = " + ")
omega <- sprintf("omega := (%s)^2 / ((%s)^2 + %s)", common, common, unique)
one_factor <- paste("f =~", loadings, "\n", uniquenesses)
alpha_of <- function(s) suppressWarnings(alpha(s, check.keys = FALSE)$total$raw_alpha)

# The covariance matrices at both levels by their definitions, from the residuals of R's lm.
for (part in c("balanced", "unequal")) {
  here <- data[data$part == part, ]
  here$cluster <- factor(here$cluster)
  n_j <- as.vector(table(here$cluster))
  j <- length(n_j); n <- sum(n_j)
  n0 <- (n - sum(n_j^2) / n) / (j - 1)
  y <- as.matrix(here[items])
  within_squares <- crossprod(residuals(lm(y ~ cluster, here)))
  between_squares <- crossprod(residuals(lm(y ~ 1, here))) - within_squares
  within <- within_squares / (n - j)
  between <- (between_squares / (j - 1) - within) / n0
  add(part, "psych", "alpha_within", alpha_of(within))
  add(part, "psych", "alpha_between", alpha_of(between))
  limits <- alpha.ci(alpha_of(within), n - j + 1, length(items))
  add(part, "psych", "alpha_within_low", limits$lower.ci)
  add(part, "psych", "alpha_within_high", limits$upper.ci)
  fit <- fit_tight(paste(one_factor, "\n", omega), sample.cov = within, sample.nobs = n - j)
  found <- subset(parameterEstimates(fit), label == "omega")
  add(part, "lavaan", "omega_within", found$est)
  add(part, "lavaan", "omega_within_std_error", found$se)
  fit <- fit_tight(paste(one_factor, "\n", omega), sample.cov = between, sample.nobs = 1000)
  add(part, "lavaan", "omega_between", subset(parameterEstimates(fit), label == "omega")$est)
}

# The same from two-level models, fitted to the rows. With equal sizes and everything free between
# clusters, maximum likelihood within clusters is that of the pooled matrix. With one factor at both
# levels the levels depend on each other: near, but not the same.
here <- data[data$part == "balanced", ]
pairs <- outer(items, items, paste, sep = " ~~ ")
saturated <- paste(pairs[lower.tri(pairs, diag = TRUE)], collapse = "\n")
model <- sprintf("level: 1\n%s\nlevel: 2\n%s\n%s", one_factor, saturated, omega)
fit <- suppressWarnings(cfa(model, here, cluster = "cluster", std.lv = TRUE))
found <- subset(parameterEstimates(fit), label == "omega")
add("balanced", "lavaan_two_level", "omega_within", found$est)
add("balanced", "lavaan_two_level", "omega_within_std_error", found$se)
both <- sprintf("level: 1\nf =~ %s\nlevel: 2\nfb =~ %s", paste(items, collapse = " + "),
                paste(items, collapse = " + "))
two_level <- suppressWarnings(cfa(both, here, cluster = "cluster", std.lv = TRUE))
by_level <- suppressWarnings(reliability(two_level, what = c("alpha", "omega")))
add("balanced", "semTools", "omega_within_ml", by_level$within["omega", "f"])
add("balanced", "semTools", "omega_between_ml", by_level$cluster["omega", "fb"])

write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
session <- capture.output(print(R.version.string),
  for (name in c("psych", "lavaan", "semTools")) cat(name, as.character(packageVersion(name)), "\n"))
writeLines(session, "session.txt")
