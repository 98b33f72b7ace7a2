# Every organization and every team of `nested_teams` left out, one at a time: lme4 refitted to the rest,
# coefficient, standard error of the model, DFBETAS = (all - rest) / standard error of the rest, and Cook's
# distance of (a, b within) with the covariance of the rest, as in influence.ME and lme4's influence.merMod.
# Also organization as fixed effects (indicators) with teams as random effects, Kenward-Roger by pbkrtest.
suppressPackageStartupMessages({ library(lme4); library(pbkrtest) })
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5),
                     check.conv.singular = "ignore", calc.derivs = FALSE)
data <- read.csv("../nested_teams/data.csv")
fit_both <- function(d) {
  d$m_mean <- ave(d$m, d$team)
  d$m_within <- d$m - d$m_mean
  random <- "(1 | organization) + (1 | team)"
  a <- lmer(as.formula(paste("m ~ x + age +", random)), d, control = tight)
  b <- lmer(as.formula(paste("y ~ x + m_within + m_mean + age +", random)), d, control = tight)
  list(value = c(a = fixef(a)[["x"]], b = fixef(b)[["m_within"]]),
       se = sqrt(c(a = vcov(a)["x", "x"], b = vcov(b)["m_within", "m_within"])))
}
full <- function(x) format(x, digits = 17)
all <- fit_both(data)
rows <- list()
for (level in c("organization", "team")) for (cluster in unique(data[[level]])) {
  rest <- fit_both(data[data[[level]] != cluster, ])
  change <- (all$value - rest$value) / rest$se
  rows[[length(rows) + 1]] <- data.frame(level, cluster, a = full(rest$value[["a"]]), b = full(rest$value[["b"]]),
    se_a = full(rest$se[["a"]]), se_b = full(rest$se[["b"]]), dfbetas_a = full(change[["a"]]),
    dfbetas_b = full(change[["b"]]), cook = full(mean(change^2)))
}
write.csv(do.call(rbind, rows), "influence.csv", row.names = FALSE, quote = FALSE)
data$m_mean <- ave(data$m, data$team)
data$m_within <- data$m - data$m_mean
data$organization <- factor(data$organization)
fits <- list(a = lmer(m ~ x + age + organization + (1 | team), data, control = tight),
             b = lmer(y ~ x + m_within + m_mean + age + organization + (1 | team), data, control = tight))
fixed <- do.call(rbind, lapply(names(fits), function(name) {
  fit <- fits[[name]]
  term <- c(a = "x", b = "m_within")[[name]]
  adjusted <- vcovAdj(fit)
  unit <- as.numeric(names(fixef(fit)) == term)
  data.frame(path = name, estimate = full(fixef(fit)[[term]]), std_error = full(sqrt(adjusted[term, term])),
             df = full(pbkrtest:::Lb_ddf(unit, vcov(fit), adjusted)), team = full(VarCorr(fit)$team[1]),
             residual = full(sigma(fit)^2))
}))
write.csv(fixed, "fixed_effects.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("lme4", packageVersion("lme4")), paste("pbkrtest", packageVersion("pbkrtest"))),
           "session.txt")
