# Slopes of the outcome on the alliance that differ between teams: lme4 with random intercepts of
# organizations and teams, and of teams alone; the analysis of covariance with a slope for each team;
# and weighted mixed models.
suppressPackageStartupMessages({ library(lme4); library(jsonlite) })
data <- read.csv("data.csv", stringsAsFactors = TRUE)
data$m_mean <- ave(data$alliance, data$team)
data$m_within <- data$alliance - data$m_mean
fixed <- outcome ~ fidelity + m_within + m_mean + age
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5),
                     check.conv.singular = "ignore", calc.derivs = FALSE)
fit_of <- function(random, plain) {
  fit <- lmer(update(fixed, random), data, REML = TRUE, control = tight)
  same <- lmer(update(fixed, plain), data, REML = TRUE, control = tight)
  found <- VarCorr(fit)
  team <- found$team
  list(criterion = REMLcrit(fit), criterion_same = REMLcrit(same),
       coefficients = as.list(fixef(fit)), residual = sigma(fit)^2,
       team_intercept = team[1, 1], slope = team[2, 2], covariance = team[1, 2],
       organization = if (is.null(found$organization)) NA else found$organization[1],
       departures = as.list(setNames(ranef(fit)$team$m_within, rownames(ranef(fit)$team))))
}
nested <- fit_of(. ~ . + (1 + m_within | team) + (1 | organization),
                 . ~ . + (1 | team) + (1 | organization))
teams <- fit_of(. ~ . + (1 + m_within | team), . ~ . + (1 | team))
# Every team with its own intercept; then with its own slope too.
alike <- lm(outcome ~ team + m_within + age, data)
own <- lm(outcome ~ 0 + team + team:m_within + age, data)
test <- anova(alike, own)
table <- coef(summary(own))
table <- table[grep(":m_within$", rownames(table)), ]
names_of <- sub("^team", "", sub(":m_within$", "", rownames(table)))
ancova <- list(f = test$F[2], df = test$Df[2], df_residual = test$Res.Df[2], p = test$`Pr(>F)`[2],
               slopes = as.list(setNames(table[, 1], names_of)),
               std_errors = as.list(setNames(table[, 2], names_of)))
# Rows weighted by 1 / P(taking part): an odds ratio of 3 per SD of the alliance, half took part.
tilt <- 3^(-(data$alliance - mean(data$alliance)) / sd(data$alliance))
raw <- 1 + tilt / mean(tilt)
data$weight <- raw * ave(raw, data$team, FUN = length) / ave(raw, data$team, FUN = sum)
data$m_mean <- ave(raw * data$alliance, data$team, FUN = sum) / ave(raw, data$team, FUN = sum)
data$m_within <- data$alliance - data$m_mean
weighted_of <- function(formula) {
  fit <- lmer(formula, data, weights = weight, REML = TRUE, control = tight)
  list(coefficients = as.list(fixef(fit)), residual = sigma(fit)^2, team = VarCorr(fit)$team[1],
       organization = if (is.null(VarCorr(fit)$organization)) NA else VarCorr(fit)$organization[1])
}
weighted <- list(raw = raw,
  mediator = weighted_of(alliance ~ fidelity + age + (1 | team) + (1 | organization)),
  outcome = weighted_of(update(fixed, . ~ . + (1 | team) + (1 | organization))))
# CR2 by team, without organizations: of rows multiplied by the roots of their weights, which is the
# same model, since clubSandwich takes no lmer fit with weights.
root <- sqrt(data$weight)
scaled <- data.frame(root * data[c("outcome", "fidelity", "m_within", "m_mean", "age")], one = root, team = data$team)
single <- lmer(outcome ~ 0 + one + fidelity + m_within + m_mean + age + (0 + one | team), scaled, control = tight)
robust <- clubSandwich::coef_test(single, vcov = "CR2", cluster = scaled$team, test = "Satterthwaite")
at <- which(names(fixef(single)) == "m_within")
weighted$cr2 <- list(estimate = fixef(single)[["m_within"]], std_error = robust$SE[at],
                     df = if ("df_Satt" %in% names(robust)) robust$df_Satt[at] else robust$df[at])
session <- c(R.version.string, paste("lme4", packageVersion("lme4")),
             paste("clubSandwich", packageVersion("clubSandwich")))
write_json(list(nested = nested, teams = teams, ancova = ancova, weighted = weighted, session = session),
           "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
