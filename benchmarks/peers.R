# Times the peers that are R packages: `Rscript peers.R FOLDER` prints "work seconds" lines.
# study.csv: 311 clients, 14 teams, 7 organizations. schools.csv: 7,185 rows in 160 clusters;
# schools_missing.csv: the same with a fifth of mediator and outcome missing.
folder <- commandArgs(TRUE)[1]
has <- function(...) all(sapply(c(...), requireNamespace, quietly = TRUE))
median_time <- function(name, runs, work) {
  suppressWarnings(suppressMessages(work()))
  times <- replicate(runs, system.time(suppressWarnings(suppressMessages(work())))[["elapsed"]])
  cat(name, median(times), "\n")
}
d <- read.csv(file.path(folder, "study.csv"))
d$mm <- ave(d$m, d$team)
d$mw <- d$m - d$mm
if (has("lme4", "pbkrtest")) {
  suppressPackageStartupMessages({library(lme4); library(pbkrtest)})
  both <- function(random) function() for (fixed in c("m ~ x", "y ~ x + mw + mm")) {
    fit <- lmer(as.formula(paste(fixed, random)), d)
    adjusted <- vcovAdj(fit)
    for (k in seq_along(fixef(fit))) get_Lb_ddf(fit, diag(length(fixef(fit)))[k, ])
  }
  median_time("mixed_one", 7, both("+ (1 | team)"))
  median_time("mixed_nested", 7, both("+ (1 | organization / team)"))
}
if (has("clubSandwich")) {
  library(clubSandwich)
  median_time("cr2", 15, function() for (formula in c(m ~ x, y ~ x + mw + mm)) {
    fit <- lm(formula, d)
    coef_test(fit, vcov = "CR2", cluster = d$team, test = "Satterthwaite")
  })
}
if (has("lavaan")) {
  model <- "
    level: 1
      y ~ m
      m ~~ m
    level: 2
      m ~ x
      y ~ m + x
  "
  s <- read.csv(file.path(folder, "schools.csv"))
  median_time("sem", 3, function() lavaan::sem(model, s, cluster = "school"))
  g <- read.csv(file.path(folder, "schools_missing.csv"))
  median_time("sem_missing", 1, function() lavaan::sem(model, g, cluster = "school", missing = "ml"))
}
