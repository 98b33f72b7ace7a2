# Rubin's rules by mice (pool, pool.scalar) and mitml (testEstimates): the first 20 clusters of lavaan's
# Demo.twolevel (GPL-2 or later), y1 and y2 missing with a chance that depends on x1, imputed 7 times by mice.
suppressPackageStartupMessages({library(mice); library(mitml); library(lme4)})
options(digits = 17)
set.seed(20)
data <- lavaan::Demo.twolevel
data <- data[data$cluster <= 20, c("cluster", "w1", "x1", "y1", "y2")]
chance <- plogis(-1.3 + data$x1)
data$y1[runif(nrow(data)) < chance / 2] <- NA
data$y2[runif(nrow(data)) < chance] <- NA
exact <- function(d) as.data.frame(lapply(d, function(x) ifelse(is.na(x), "", format(x, digits = 17, trim = TRUE))))
write.csv(exact(data), "data.csv", row.names = FALSE, quote = FALSE)
predictors <- make.predictorMatrix(data)
predictors["y1", ] <- c(-2, 1, 1, 0, 1)
predictors["y2", ] <- c(-2, 1, 1, 1, 0)
made <- mice(data, m = 7, maxit = 10, method = c("", "", "", "2l.pan", "2l.pan"), predictorMatrix = predictors,
             printFlag = FALSE, seed = 7)
tables <- lapply(seq_len(7), function(i) {
  d <- complete(made, i)
  d$m_mean <- ave(d$y1, d$cluster)
  d$m_within <- d$y1 - d$m_mean
  d
})
kept <- do.call(rbind, lapply(seq_len(7), function(i) cbind(imputation = i, tables[[i]][c("cluster", "w1", "x1", "y1", "y2")])))
write.csv(exact(kept), "imputed.csv", row.names = FALSE, quote = FALSE)

rows <- list()
add <- function(program, equation, term, quantity, value)
  rows[[length(rows) + 1]] <<- data.frame(program, equation, term, quantity, value = format(value, digits = 17, trim = TRUE))

formulas <- list(mediator = y1 ~ w1 + x1, outcome = y2 ~ w1 + m_within + m_mean + x1, total = y2 ~ w1 + x1)
for (equation in names(formulas)) {
  fits <- lapply(tables, function(d) lm(formulas[[equation]], data = d))
  dfcom <- df.residual(fits[[1]])
  pooled <- pool(as.mira(fits))$pooled
  for (quantity in c("estimate", "ubar", "b", "t", "df", "riv", "lambda", "fmi"))
    add("mice", equation, as.character(pooled$term), quantity, pooled[[quantity]])
  tested <- testEstimates(fits, df.com = dfcom)$estimates
  for (quantity in c("Estimate", "Std.Error", "df", "RIV", "FMI"))
    add("mitml", equation, rownames(tested), quantity, tested[, quantity])
  total <- vcov(testEstimates(fits, df.com = dfcom))
  for (term in rownames(total)) add("mitml", equation, paste(term, colnames(total)), "covariance", total[term, ])
}

# Mixed models: estimates and covariances by lme4, pooled with few degrees of freedom of complete data.
mixed <- lapply(tables, function(d) lmer(y2 ~ w1 + m_within + m_mean + x1 + (1 | cluster), data = d))
q <- sapply(mixed, fixef)
u <- sapply(mixed, function(fit) as.matrix(vcov(fit)), simplify = "array")
for (i in 1:7) {
  add("input", "mixed", paste(i, rownames(q)), "estimate", q[, i])
  for (term in rownames(q)) add("input", "mixed", paste(i, term, rownames(q)), "covariance", u[term, , i])
}
for (dfcom in c(15, Inf)) {
  name <- paste0("mixed_", dfcom)
  for (term in rownames(q)) {
    one <- pool.scalar(q[term, ], u[term, term, ], n = dfcom + 1, k = 1)
    for (quantity in c("qbar", "ubar", "b", "t", "df", "r", "fmi")) add("pool.scalar", name, term, quantity, one[[quantity]])
  }
  tested <- testEstimates(qhat = q, uhat = u, df.com = if (is.finite(dfcom)) dfcom else NULL)
  for (quantity in c("Estimate", "Std.Error", "df", "RIV", "FMI"))
    add("mitml", name, rownames(tested$estimates), quantity, tested$estimates[, quantity])
  total <- vcov(tested)
  for (term in rownames(total)) add("mitml", name, paste(term, colnames(total)), "covariance", total[term, ])
}
write.csv(do.call(rbind, rows), "pooled.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste(c("mice", "mitml", "lme4", "pan"),
                                     sapply(c("mice", "mitml", "lme4", "pan"), function(p) as.character(packageVersion(p))))), "session.txt")
