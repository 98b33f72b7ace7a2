# Times the peers that are R packages: `Rscript peers.R FOLDER` prints "seconds WORK TIME" lines for
# the tables that FOLDER holds; work that fails prints none.
# study.csv: 311 clients, 14 teams, 7 organizations. schools.csv: 7,185 rows in 160 clusters;
# schools_missing.csv: the same with a fifth of mediator and outcome missing.
# jobs.csv, jobs_bca.csv: 899 clients. teams.csv, organizations.csv: as study.csv.
# schools7.csv: 7,000 rows in 160 clusters. mediators.csv: as study.csv with three mediators.
folder <- commandArgs(TRUE)[1]
has <- function(...) all(sapply(c(...), requireNamespace, quietly = TRUE))
file_of <- function(name) file.path(folder, paste0(name, ".csv"))
given <- function(name) file.exists(file_of(name))
table_of <- function(name) read.csv(file_of(name))
median_time <- function(name, runs, work, warm = TRUE) tryCatch({
  quietly <- function() invisible(capture.output(suppressWarnings(suppressMessages(work()))))
  if (warm) quietly()
  times <- replicate(runs, system.time(quietly())[["elapsed"]])
  cat("seconds", name, median(times), "\n")
}, error = function(e) message(name, ": ", conditionMessage(e)))
two_level <- "
  level: 1
    y ~ m
    m ~~ m
  level: 2
    m ~ x
    y ~ m + x
"

if (given("study")) {
  d <- table_of("study")
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
}
if (given("schools") && has("lavaan")) {
  s <- table_of("schools")
  median_time("sem", 3, function() lavaan::sem(two_level, s, cluster = "school"))
}
if (given("schools_missing") && has("lavaan")) {
  g <- table_of("schools_missing")
  median_time("sem_missing", 1,
              function() lavaan::sem(two_level, g, cluster = "school", missing = "ml"))
}

# Resamples of clients: 200 in lavaan; 5,000 in boot, with BCa limits.
if (given("jobs")) {
  j <- table_of("jobs")
  if (has("lavaan")) {
    simple <- "
      job_seek ~ a * treat + econ_hard + sex + age
      depress2 ~ b * job_seek + c * treat + econ_hard + sex + age
      indirect := a * b
      total := a * b + c
    "
    median_time("lavaan_bootstrap", 1,
                function() lavaan::sem(simple, j, se = "bootstrap", bootstrap = 200))
  }
}
if (given("jobs_bca") && has("boot")) {
  j <- table_of("jobs_bca")
  covariates <- cbind(1, as.matrix(j[c("treat", "econ_hard", "sex", "age")]))
  indirect <- function(rows, i) {
    left <- covariates[i, ]
    m <- j$job_seek[i]
    a <- .lm.fit(left, m)$coefficients[2]
    a * .lm.fit(cbind(left, m), j$depress2[i])$coefficients[6]
  }
  median_time("boot_bca", 3, function() {
    found <- boot::boot(j, indirect, R = 5000)
    boot::boot.ci(found, type = "bca")
  })
}

# Whole outermost clusters, every draw a cluster of its own, refitted.
redrawn <- function(d, outer) {
  parts <- split(d, d[[outer]])
  drawn <- sample(length(parts), replace = TRUE)
  sizes <- vapply(parts, nrow, 1L)[drawn]
  rows <- do.call(rbind, parts[drawn])
  rows$copy <- rep(seq_along(drawn), sizes)
  rows
}
refit <- function(name, outer, random) {
  t <- table_of(name)
  t$mm <- ave(t$m, t$team)
  t$mw <- t$m - t$mm
  set.seed(1)
  function() for (k in 1:20) {
    rows <- redrawn(t, outer)
    rows$inner <- interaction(rows$copy, rows$team, drop = TRUE)
    for (fixed in c("m ~ x", "y ~ x + mw + mm"))
      lme4::lmer(as.formula(paste(fixed, random)), rows)
  }
}
if (given("teams") && has("lme4"))
  median_time("lmer_clusters", 3, refit("teams", "team", "+ (1 | copy)"))
if (given("organizations") && has("lme4"))
  median_time("lmer_nested", 3, refit("organizations", "organization", "+ (1 | copy / inner)"))
if (given("schools7") && has("lavaan")) {
  s7 <- table_of("schools7")
  set.seed(1)
  median_time("lavaan_two_level", 1, warm = FALSE, function() for (k in 1:3)
    lavaan::sem(two_level, redrawn(s7, "school"), cluster = "copy", se = "none", test = "none"))
}

# 1e6 draws of the indirect effects of three mediators, their sum and the total.
if (given("mediators") && has("lavaan", "semTools")) {
  parallel <- "
    m1 ~ a1 * x
    m2 ~ a2 * x
    m3 ~ a3 * x
    y ~ b1 * m1 + b2 * m2 + b3 * m3 + c * x
    m1 ~~ m2 + m3
    m2 ~~ m3
  "
  fit <- lavaan::sem(parallel, table_of("mediators"))
  effects <- c(i1 = "a1*b1", i2 = "a2*b2", i3 = "a3*b3", sum = "a1*b1 + a2*b2 + a3*b3",
               total = "a1*b1 + a2*b2 + a3*b3 + c")
  coefs <- lavaan::coef(fit)
  median_time("monte_carlo", 1, function()
    semTools::monteCarloCI(expr = effects, coefs = coefs, ACM = lavaan::vcov(fit), nRep = 1e6))
}
