# Fits one case with lme4, pbkrtest, lmerTest and clubSandwich and writes expected.csv at full precision.
# A case's fit.R defines `equations`: a named list of list(full = formula, kept = formula), where
# `kept` leaves out random effects whose variance is estimated at zero; `cluster`, the innermost
# cluster, for CR2 of b within (only where it is the only level; else NULL); and `data`, in which
# the mediators are split into columns named <mediator>_mean and <mediator>_within.
# `predictor` is the column of the predictor.
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
unit <- function(fit, k) as.numeric(seq_along(fixef(fit)) == k)
# b between - b within of every mediator, as rows over the coefficients.
contextual <- function(fit) {
  terms <- names(fixef(fit))
  means <- grep("_mean$", terms, value = TRUE)
  deviations <- sub("_mean$", "_within", means)
  contrasts <- t(mapply(function(m, w) (terms == m) - (terms == w), means, deviations))
  rownames(contrasts) <- if (length(means) == 1) "contextual" else sub("_mean$", "_contextual", means)
  contrasts
}
fit_lm <- function(name, variant, formula) {
  fit <- lm(formula, data)
  table <- coef(summary(fit))
  for (term in rownames(table)) {
    add(name, variant, term, "estimate", table[term, 1])
    add(name, variant, term, "std_error", table[term, 2])
    add(name, variant, term, "df", fit$df.residual)
  }
}
add_variances <- function(name, variant, fit) {
  add(name, variant, "residual", "variance", sigma(fit)^2)
  for (level in names(VarCorr(fit))) add(name, variant, level, "variance", VarCorr(fit)[[level]][1])
}
add_kenward_roger <- function(name, variant, fit, adjusted) {
  for (k in seq_along(fixef(fit))) {
    term <- names(fixef(fit))[k]
    add(name, variant, term, "estimate", fixef(fit)[[k]])
    add(name, variant, term, "std_error", sqrt(adjusted[k, k]))
    add(name, variant, term, "df", pbkrtest:::Lb_ddf(unit(fit, k), vcov(fit), adjusted))
  }
}
add_contextual <- function(name, variant, fit, adjusted) {
  contrasts <- contextual(fit)
  for (term in rownames(contrasts)) {
    l <- contrasts[term, ]
    add(name, variant, term, "estimate", sum(l * fixef(fit)))
    add(name, variant, term, "std_error", sqrt(sum(l * (adjusted %*% l))))
    add(name, variant, term, "df", pbkrtest:::Lb_ddf(l, vcov(fit), adjusted))
  }
}
# Predictor and cluster means jointly; scaled F as KRmodcomp prints it.
add_joint_test <- function(name, fit, adjusted) {
  terms <- names(fixef(fit))
  tested <- which(terms == predictor | grepl("_mean$", terms))
  l <- diag(length(terms))[tested, , drop = FALSE]
  found <- pbkrtest:::.KR_adjust(adjusted, vcov(fit), l, fixef(fit), 0)
  for (pair in list(c("f_statistic", "Fstat"), c("f_df_num", "ndf"), c("f_df_den", "ddf"),
                    c("f_scale", "F.scaling"), c("f_p", "p.value")))
    add(name, "full", "joint", pair[1], as.numeric(found[[pair[2]]]))
}
add_satterthwaite <- function(name, variant, fit) {
  tested <- lmerTest::as_lmerModLmerTest(fit)
  for (k in seq_along(fixef(fit))) {
    found <- lmerTest::contest1D(tested, unit(fit, k), ddf = "Satterthwaite")
    term <- names(fixef(fit))[k]
    add(name, variant, term, "estimate", found[["Estimate"]])
    add(name, variant, term, "std_error", found[["Std. Error"]])
    add(name, variant, term, "df", found[["df"]])
  }
}
for (name in names(equations)) for (variant in c("full", "kept")) {
  formula <- equations[[name]][[variant]]
  if (length(lme4::findbars(formula)) == 0) {
    fit_lm(name, variant, formula)
    next
  }
  fit <- lmer(formula, data, REML = TRUE, control = tight)
  adjusted <- vcovAdj(fit)
  add_kenward_roger(name, variant, fit, adjusted)
  add(name, variant, "", "criterion", REMLcrit(fit))
  add_variances(name, variant, fit)
  if (variant == "full" && !is.null(cluster)) {
    robust <- coef_test(fit, vcov = "CR2", cluster = data[[cluster]], test = "Satterthwaite")
    for (k in seq_len(nrow(robust))) {
      add(name, "cr2", names(fixef(fit))[k], "std_error", robust$SE[k])
      add(name, "cr2", names(fixef(fit))[k], "df", if ("df_Satt" %in% names(robust)) robust$df_Satt[k] else robust$df[k])
    }
  }
  if (name == "outcome") add_contextual(name, variant, fit, adjusted)
  if (variant == "kept") next
  singular <- isSingular(fit, tol = 1e-6)
  if (name == "outcome" && !singular) add_joint_test(name, fit, adjusted)
  add_satterthwaite(name, "satterthwaite", fit)
  fit <- lmer(formula, data, REML = FALSE, control = tight)
  add_satterthwaite(name, "ml", fit)
  add_variances(name, "ml", fit)
  add(name, "ml", "", "log_likelihood", as.numeric(logLik(fit)))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
session <- capture.output(print(R.version.string),
  for (p in c("lme4", "lmerTest", "pbkrtest", "clubSandwich")) cat(p, as.character(packageVersion(p)), "\n"))
writeLines(session, "session.txt")
