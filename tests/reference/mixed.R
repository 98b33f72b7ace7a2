# Fits one case with lme4, pbkrtest and clubSandwich and writes expected.csv at full precision.
# A case's fit.R defines `equations`: a named list of list(full = formula, kept = formula), where
# `kept` leaves out random effects whose variance is estimated at zero, and `cluster`, the
# innermost cluster, for CR2 of b within (only where it is the only level; else NULL).
suppressPackageStartupMessages({
  library(lme4); library(pbkrtest); library(clubSandwich)
})
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5),
                     check.conv.singular = "ignore", calc.derivs = FALSE)
rows <- list()
add <- function(equation, variant, term, quantity, value) {
  rows[[length(rows) + 1]] <<- data.frame(equation, variant, term, quantity,
                                          value = format(value, digits = 17))
}
contrast_df <- function(fit, adjusted, k) {
  p <- length(fixef(fit)); l <- numeric(p); l[k] <- 1
  get_Lb_ddf(fit, l)
}
for (name in names(equations)) for (variant in c("full", "kept")) {
  formula <- equations[[name]][[variant]]
  if (length(lme4::findbars(formula)) == 0) {
    fit <- lm(formula, data)
    table <- coef(summary(fit))
    for (term in rownames(table)) {
      add(name, variant, term, "estimate", table[term, 1])
      add(name, variant, term, "std_error", table[term, 2])
      add(name, variant, term, "df", fit$df.residual)
    }
    next
  }
  fit <- lmer(formula, data, REML = TRUE, control = tight)
  adjusted <- vcovAdj(fit)
  for (k in seq_along(fixef(fit))) {
    term <- names(fixef(fit))[k]
    add(name, variant, term, "estimate", fixef(fit)[[k]])
    add(name, variant, term, "std_error", sqrt(adjusted[k, k]))
    add(name, variant, term, "df", contrast_df(fit, adjusted, k))
  }
  add(name, variant, "", "criterion", REMLcrit(fit))
  add(name, variant, "residual", "variance", sigma(fit)^2)
  for (level in names(VarCorr(fit))) add(name, variant, level, "variance", VarCorr(fit)[[level]][1])
  if (variant == "full" && !is.null(cluster)) {
    robust <- coef_test(fit, vcov = "CR2", cluster = data[[cluster]], test = "Satterthwaite")
    for (k in seq_len(nrow(robust))) {
      add(name, "cr2", names(fixef(fit))[k], "std_error", robust$SE[k])
      add(name, "cr2", names(fixef(fit))[k], "df", if ("df_Satt" %in% names(robust)) robust$df_Satt[k] else robust$df[k])
    }
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
session <- capture.output(print(R.version.string),
  for (p in c("lme4", "pbkrtest", "clubSandwich")) cat(p, as.character(packageVersion(p)), "\n"))
writeLines(session, "session.txt")
