# Five items on agreeableness, the first 500 rows of psychTools' bfi (GPL-2 or later), responses 1
# to 6, A1 reversed, a few missing. Complete rows: alpha and item statistics by psych, Feldt's limits
# by psych, omega of one factor by lavaan (delta method) and semTools, and psych's omega total,
# which divides by the observed variance of standardized items.
suppressMessages({library(psych); library(psychTools); library(lavaan); library(semTools)})
items <- paste0("A", 1:5)
data <- bfi[1:500, items]
write.csv(data, "data.csv", row.names = FALSE, quote = FALSE, na = "")
complete <- na.omit(data)
complete$A1 <- 7 - complete$A1
rows <- list()
add <- function(source, term, value)
  rows[[length(rows) + 1]] <<- data.frame(source, term, value = format(value, digits = 17))

add("psych", "n_rows", nrow(complete))
found <- alpha(complete, check.keys = FALSE, n.iter = 0)
add("psych", "alpha", found$total$raw_alpha)
# found$total$average_r is the mean correlation of two items.
add("psych", "mean_inter_item", found$total$average_r)
limits <- alpha.ci(found$total$raw_alpha, nrow(complete), length(items))
add("psych", "alpha_low", limits$lower.ci)
add("psych", "alpha_high", limits$upper.ci)
for (i in seq_along(items)) {
  add("psych", paste0("item_rest_", items[i]), found$item.stats$r.drop[i])
  add("psych", paste0("alpha_dropped_", items[i]), found$alpha.drop$raw_alpha[i])
}
# psych's own optimizer stops early: its control is not open here, so that this one is compared
# less exactly.
add("psych", "omega_total", omega(complete, nfactors = 1, fm = "ml", plot = FALSE)$omega.tot)

loadings <- paste0("l", 1:5, " * ", items, collapse = " + ")
uniquenesses <- paste0(items, " ~~ u", 1:5, " * ", items, collapse = "\n")
common <- paste0("l", 1:5, collapse = " + ")
unique <- paste0("u", 1:5, collapse = " + ")
model <- sprintf("f =~ %s\n%s\nomega := (%s)^2 / ((%s)^2 + %s)",
                 loadings, uniquenesses, common, common, unique)
# nlminb stops short: Newton's steps on lavaan's own gradient and information go on from there.
cfa_quietly <- function(...) suppressWarnings(cfa(..., std.lv = TRUE, optim.force.converged = TRUE))
fit_tight <- function(...) {
  fit <- cfa_quietly(...)
  for (step in 1:20) {
    table <- parTable(fit)
    free <- table$free > 0
    move <- solve(lavInspect(fit, "information.expected"), lavInspect(fit, "gradient"))
    start <- table[, c("lhs", "op", "rhs", "est")]
    start$est[free] <- start$est[free] - move[table$free[free]]
    fit <- cfa_quietly(..., start = start, optim.method = "none")
    if (max(abs(move)) < 1e-11) break
  }
  stopifnot(max(abs(move)) < 1e-9)
  fit
}
fit <- fit_tight(model, complete)
estimates <- parameterEstimates(fit)
omega_row <- estimates[estimates$label == "omega", ]
add("lavaan", "omega", omega_row$est)
add("lavaan", "omega_std_error", omega_row$se)
for (i in seq_along(items)) {
  add("lavaan", paste0("loading_", items[i]), estimates$est[estimates$label == paste0("l", i)])
  add("lavaan", paste0("uniqueness_", items[i]), estimates$est[estimates$label == paste0("u", i)])
}
two <- suppressWarnings(reliability(fit))
add("semTools", "alpha", two["alpha", "f"])
add("semTools", "omega", two["omega", "f"])
add("semTools", "omega_rel_sem", compRelSEM(fit, obs.var = FALSE)[["f"]])

write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
session <- capture.output(print(R.version.string),
  for (name in c("psych", "psychTools", "lavaan", "semTools"))
    cat(name, as.character(packageVersion(name)), "\n"))
writeLines(session, "session.txt")
