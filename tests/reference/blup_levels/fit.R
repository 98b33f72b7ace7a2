# Residuals, fitted values and predicted random effects with their conditional SD (lme4), for the rows of
# `case_managers` (three levels) and `nested_teams` (two); the Brown-Forsythe test of the residuals by
# innermost cluster in plain R: one-way analysis of variance of |r - median of the cluster|.
suppressPackageStartupMessages(library(lme4))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5),
                     check.conv.singular = "ignore", calc.derivs = FALSE)
rows <- list()
add <- function(...) rows[[length(rows) + 1]] <<- data.frame(...)
full <- function(x) format(x, digits = 17)
for (case in c("case_managers", "nested_teams")) {
  data <- read.csv(file.path("..", case, "data.csv"))
  inner <- if (case == "case_managers") "case_manager" else "team"
  data$m_mean <- ave(data$m, data[[inner]])
  data$m_within <- data$m - data$m_mean
  random <- "(1 | organization) + (1 | team)"
  if (case == "case_managers") random <- paste(random, "+ (1 | case_manager)")
  sides <- c(m = "m ~ x + age +", y = "y ~ x + m_within + m_mean + age +")
  for (response in names(sides)) {
    fit <- lmer(as.formula(paste(sides[[response]], random)), data, control = tight)
    effects <- ranef(fit, condVar = TRUE)
    for (level in names(effects)) {
      sd <- sqrt(attr(effects[[level]], "postVar")[1, 1, ])
      add(case, response, quantity = paste0("ranef_", level), key = rownames(effects[[level]]),
          value = full(effects[[level]][, 1]), sd = full(sd))
    }
    add(case, response, quantity = "residual", key = as.character(seq_len(nrow(data))),
        value = full(residuals(fit)), sd = full(fitted(fit)))
    g <- factor(data[[inner]])
    kept <- g %in% names(which(table(g) >= 3))
    r <- residuals(fit)[kept]; g <- droplevels(g[kept])
    found <- anova(lm(abs(r - ave(r, g, FUN = median)) ~ g))
    add(case, response, quantity = "brown_forsythe", key = "F", value = full(found[1, 4]), sd = full(found[1, 5]))
  }
}
write.csv(do.call(rbind, lapply(rows, setNames, c("case", "response", "quantity", "key", "value", "sd"))),
          "blups.csv", row.names = FALSE, quote = FALSE)
session <- c(R.version.string, paste("lme4", packageVersion("lme4")))
writeLines(session, "session.txt")
