# Fits one case by least squares and writes ols.csv at full precision: classical covariance, HC3 (by
# its definition), and CR1 and CR2 of clubSandwich with Satterthwaite df for CR2.
# A case's fit.R defines `equations`, a named list of formulas, and `cluster`, a column of `data`.
suppressPackageStartupMessages(library(clubSandwich))
rows <- list()
add <- function(equation, covariance, term, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(equation, covariance, term, quantity,
                                          value = format(value, digits = 17))
}
hc3 <- function(fit) {
  x <- model.matrix(fit)
  bread <- solve(crossprod(x))
  bread %*% crossprod(x * (residuals(fit) / (1 - hatvalues(fit)))) %*% bread
}
for (name in names(equations)) {
  fit <- lm(equations[[name]], data)
  groups <- data[[cluster]]
  terms <- names(coef(fit))
  robust <- vcovCR(fit, cluster = groups, type = "CR2")
  test <- coef_test(fit, vcov = robust, test = "Satterthwaite")
  covariances <- list(classical = vcov(fit), CR1 = vcovCR(fit, cluster = groups, type = "CR1"),
                      CR2 = robust)
  if (max(hatvalues(fit)) < 1 - 1e-10) covariances$HC3 <- hc3(fit)
  for (i in seq_along(terms)) {
    add(name, "", terms[i], "estimate", coef(fit)[[i]])
    for (kind in names(covariances))
      add(name, kind, terms[i], "std_error", sqrt(covariances[[kind]][i, i]))
    add(name, "classical", terms[i], "df", fit$df.residual)
    add(name, "CR2", terms[i], "df", if ("df_Satt" %in% names(test)) test$df_Satt[i] else test$df[i])
    for (k in seq_len(i - 1))
      add(name, "CR2", paste(terms[i], terms[k], sep = ":"), "covariance", robust[i, k])
  }
}
write.csv(do.call(rbind, rows), "ols.csv", row.names = FALSE, quote = FALSE)
session <- capture.output(print(R.version.string),
  cat("clubSandwich", as.character(packageVersion("clubSandwich")), "\n"))
writeLines(session, "session.txt")
