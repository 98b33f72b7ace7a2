# Power of single paths and of products of two from noncentral t, by functions of base R. Writes power.csv and smallest.csv.
options(digits = 17)
power_path <- function(ncp, df, alpha) {
  q <- qt(1 - alpha / 2, df)
  pt(q, df, ncp, lower.tail = FALSE) + pt(-q, df, ncp)
}
# The interval of the product excludes zero: given t1 this is |t2| > c(t1).
power_product <- function(n1, n2, v1, v2, alpha) {
  q1 <- qt(1 - alpha / 2, v1)
  inside <- function(t) {
    p <- pt(-t, v1)
    limit <- -qt((alpha / 2 - p) / (1 - 2 * p), v2)
    both <- pt(limit, v2, n2, lower.tail = FALSE) + pt(-limit, v2, n2)
    (dt(t, v1, n1) + dt(-t, v1, n1)) * both
  }
  sum(sapply(list(c(q1, q1 + 0.5), c(q1 + 0.5, q1 + 3), c(q1 + 3, 40), c(40, Inf)), function(ends)
    integrate(inside, ends[1], ends[2], rel.tol = 1e-11, abs.tol = 1e-13, subdivisions = 1000)$value))
}
grid <- expand.grid(n1 = c(0, 1, 2.8, 4), n2 = c(0.5, 3, 6), v1 = c(4.5, 11, 60), v2 = c(8, 200),
                    alpha = c(0.05, 0.1))
grid <- grid[(grid$n1 * 7 + grid$n2 * 3 + grid$v1 + grid$v2) %% 3 < 1.4, ]
grid$path1 <- mapply(power_path, grid$n1, grid$v1, grid$alpha)
grid$path2 <- mapply(power_path, grid$n2, grid$v2, grid$alpha)
grid$joint <- grid$path1 * grid$path2
grid$product <- mapply(power_product, grid$n1, grid$n2, grid$v1, grid$v2, grid$alpha)
write.csv(format(grid, digits = 17), "power.csv", row.names = FALSE, quote = FALSE)

# Detectable differences: power.t.test solves the same equation for two groups of n.
found <- lapply(c(5, 8, 20, 100), function(n) lapply(c(0.8, 0.9), function(power) {
  d <- power.t.test(n = n, power = power, sd = 1, sig.level = 0.05, strict = TRUE, tol = 1e-12)$delta
  data.frame(df = 2 * n - 2, power = power, noncentrality = d * sqrt(n / 2))
}))
write.csv(format(do.call(rbind, unlist(found, recursive = FALSE)), digits = 17), "smallest.csv",
          row.names = FALSE, quote = FALSE)
writeLines(capture.output(sessionInfo()), "session.txt")
