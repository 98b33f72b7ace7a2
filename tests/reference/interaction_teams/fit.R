# Product of fidelity and alliance inside teams, and with the team means: lme4 with pbkrtest's
# Kenward-Roger and clubSandwich's CR2 by team.
suppressPackageStartupMessages({ library(lme4); library(pbkrtest); library(clubSandwich); library(jsonlite) })
data <- read.csv("data.csv", stringsAsFactors = TRUE)
data$m_mean <- ave(data$alliance, data$team)
data$m_within <- data$alliance - data$m_mean
per_team <- data[!duplicated(data$team), ]
x <- data$fidelity - mean(per_team$fidelity)
data$within <- x * data$m_within
data$between <- x * (data$m_mean - mean(per_team$m_mean))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = FALSE)
fit_of <- function(formula) {
  fit <- lmer(formula, data, REML = TRUE, control = tight)
  adjusted <- vcovAdj(fit)
  robust <- coef_test(fit, vcov = "CR2", cluster = data$team, test = "Satterthwaite")
  df <- sapply(seq_along(fixef(fit)), function(k)
    pbkrtest:::Lb_ddf(as.numeric(seq_along(fixef(fit)) == k), vcov(fit), adjusted))
  list(estimate = as.list(fixef(fit)), std_error = as.list(setNames(sqrt(diag(as.matrix(adjusted))), names(fixef(fit)))),
       df = as.list(setNames(df, names(fixef(fit)))),
       cr2 = as.list(setNames(robust$SE, names(fixef(fit)))),
       cr2_df = as.list(setNames(if ("df_Satt" %in% names(robust)) robust$df_Satt else robust$df, names(fixef(fit)))))
}
inside <- fit_of(outcome ~ fidelity + m_within + m_mean + age + within + (1 | team))
both <- fit_of(outcome ~ fidelity + m_within + m_mean + age + within + between + (1 | team))
mediator <- lmer(alliance ~ fidelity + age + (1 | team), data, REML = TRUE, control = tight)
session <- c(R.version.string, sapply(c("lme4", "pbkrtest", "clubSandwich"), function(p) paste(p, packageVersion(p))))
write_json(list(within = inside, both = both, a = fixef(mediator)[["fidelity"]],
                center = mean(per_team$fidelity), sd = sd(per_team$fidelity), session = unname(session)),
           "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
