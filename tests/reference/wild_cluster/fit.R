# Wild cluster bootstrap by its definition, in plain R: rows, a weight for each cluster, every regression
# fitted anew. lavaan's Demo.twolevel (GPL-2 or later), clusters 1 to 20, y1 split at the cluster mean.
# Limits: p at hypotheses from far outside inwards, then halving between the last p <= .05 and the first above.
data <- read.csv("data.csv")
data$m_mean <- ave(data$y1, data$cluster)
data$m_within <- data$y1 - data$m_mean
webb <- as.matrix(read.csv("webb.csv"))  # 199 drawn vectors, 1 to 6: the six points from least to largest
points <- c(-sqrt(3 / 2), -1, -sqrt(1 / 2), sqrt(1 / 2), 1, sqrt(3 / 2))
level <- 0.05

# t statistics of hypothesis b for column k, one for each column of outcomes; factor J(N-1) / ((J-1)(N-p)).
t_statistics <- function(x, outcomes, groups, k, b) {
  bread <- solve(crossprod(x))
  left <- qr.resid(qr(x), outcomes)
  slopes <- qr.coef(qr(x), outcomes)[k, ]
  j <- length(unique(groups))
  factor <- j * (nrow(x) - 1) / ((j - 1) * (nrow(x) - ncol(x)))
  meat <- 0
  for (g in unique(groups)) {
    score <- crossprod(x[groups == g, , drop = FALSE], left[groups == g, , drop = FALSE])
    meat <- meat + as.vector(bread[k, ] %*% score)^2
  }
  (slopes - b) / sqrt(factor * meat)
}

# t at hypothesis b and t* of every vector; weights has one row for each vector, one column for each cluster.
bootstrap <- function(x, y, groups, k, b, weights) {
  restricted <- lm.fit(x[, -k, drop = FALSE], y - b * x[, k])
  fitted <- y - restricted$residuals
  flipped <- fitted + restricted$residuals * t(weights)[match(groups, sort(unique(groups))), ]
  list(t = t_statistics(x, cbind(y), groups, k, b), star = t_statistics(x, flipped, groups, k, b))
}

rows <- list()
add <- function(case, quantity, value)
  rows[[length(rows) + 1]] <<- data.frame(case, quantity, value = format(value, digits = 17))

run <- function(case, formula, term, d, vectors = NULL) {
  x <- model.matrix(formula, d)
  y <- model.response(model.frame(formula, d))
  k <- match(term, colnames(x))
  j <- length(unique(d$cluster))
  is_drawn <- !is.null(vectors)
  weights <- if (is_drawn) matrix(points[vectors], nrow(vectors)) else as.matrix(expand.grid(rep(list(c(1, -1)), j)))
  p_value <- function(b) {
    found <- bootstrap(x, y, d$cluster, k, b, weights)
    reached <- sum(abs(found$star) >= abs(found$t) * (1 - 1e-10))
    if (is_drawn) (reached + 1) / (nrow(weights) + 1) else reached / nrow(weights)
  }
  limit <- function(estimate, error, sign) {
    if (p_value(estimate + sign * 1e5 * error) > level) return(sign * Inf)
    steps <- exp(seq(log(1e5), log(1e-3), length.out = 600)) * error
    last <- 1
    while (p_value(estimate + sign * steps[last + 1]) <= level) last <- last + 1
    out <- steps[last]; inside <- steps[last + 1]
    while (out - inside > 1e-13 * out) {
      middle <- (out + inside) / 2
      if (middle == out || middle == inside) break
      if (p_value(estimate + sign * middle) > level) inside <- middle else out <- middle
    }
    estimate + sign * out
  }
  at_zero <- bootstrap(x, y, d$cluster, k, 0, weights)
  estimate <- qr.coef(qr(x), y)[[k]]
  error <- estimate / at_zero$t
  add(case, "estimate", estimate)
  add(case, "statistic", at_zero$t)
  add(case, "p_value", p_value(0))
  add(case, "n_vectors", nrow(weights))
  add(case, "n_distinct", length(unique(signif(abs(at_zero$star), 9))))
  add(case, "conf_low", limit(estimate, abs(error), -1))
  add(case, "conf_high", limit(estimate, abs(error), 1))
}

first <- function(n) data[data$cluster <= n, ]
run("demo_5", y1 ~ w1, "w1", first(5))
run("demo_7", y1 ~ w1, "w1", first(7))
run("demo_10", y1 ~ w1, "w1", first(10))
outcome <- y2 ~ w1 + m_within + m_mean + x1
run("outcome_within", outcome, "m_within", first(10))
run("outcome_between", outcome, "m_mean", first(10))
# Clusters 2, 5 and 9 cut to their first row.
alone <- first(10)
alone <- alone[!(alone$cluster %in% c(2, 5, 9) & duplicated(alone$cluster)), ]
run("singletons", y2 ~ w1 + y1 + x1, "y1", alone)
run("webb_20", y1 ~ w1, "w1", data, webb)
run("webb_within", outcome, "m_within", data, webb)
write.csv(do.call(rbind, rows), "wild.csv", row.names = FALSE, quote = FALSE)
writeLines(capture.output(print(R.version.string)), "session.txt")
